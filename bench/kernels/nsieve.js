function sieve(n) {
  const flags = []
  for (let i = 0; i <= n; i++) flags.push(true)
  let count = 0
  for (let i = 2; i <= n; i++) if (flags[i]) { count++; for (let k = i + i; k <= n; k += i) flags[k] = false }
  return count
}
for (let i = 0; i < 3; i++) console.log(sieve(5000000))
