function fannkuch(n) {
  const perm1 = Array.from({ length: n }, (_, i) => i), perm = Array(n).fill(0), count = Array(n).fill(0)
  let maxFlips = 0, checksum = 0, r = n
  for (let index = 0; ; index++) {
    for (; r !== 1; r--) count[r - 1] = r
    for (let i = 0; i < n; i++) perm[i] = perm1[i]
    let flips = 0
    for (let k; (k = perm[0]) !== 0; flips++)
      for (let lo = 0, hi = k; lo < hi; lo++, hi--) { const t = perm[lo]; perm[lo] = perm[hi]; perm[hi] = t }
    if (flips > maxFlips) maxFlips = flips
    checksum += index % 2 === 0 ? flips : -flips
    for (;;) {
      if (r === n) return [checksum, maxFlips]
      const first = perm1[0]
      for (let i = 0; i < r; i++) perm1[i] = perm1[i + 1]
      perm1[r] = first
      if (--count[r] > 0) break
      r++
    }
  }
}
for (const x of fannkuch(10)) console.log(x)
