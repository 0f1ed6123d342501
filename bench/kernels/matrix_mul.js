function matrix(n, seed) {
  const rows = [], t = seed / n / n
  for (let i = 0; i < n; i++) { const row = []; for (let j = 0; j < n; j++) row.push(t * (i - j) * (i + j)); rows.push(row) }
  return rows
}
function multiply(a, b, n) {
  const c = []
  for (let i = 0; i < n; i++) {
    const row = []
    for (let j = 0; j < n; j++) { let sum = 0; for (let k = 0; k < n; k++) sum += a[i][k] * b[k][j]; row.push(sum) }
    c.push(row)
  }
  return c
}
const n = 500, c = multiply(matrix(n, 1.0), matrix(n, 2.0), n)
console.log(c[n / 2][n / 2])
console.log(c[1][n - 1])
