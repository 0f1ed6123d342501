function entry(i, j) { return 1.0 / (Math.trunc((i + j) * (i + j + 1) / 2) + i + 1) }
function times(v, out, transposed) {
  const n = v.length
  for (let i = 0; i < n; i++) {
    let sum = 0
    if (transposed) for (let j = 0; j < n; j++) sum += entry(j, i) * v[j]
    else for (let j = 0; j < n; j++) sum += entry(i, j) * v[j]
    out[i] = sum
  }
}
const n = 1500
const u = Array(n).fill(1.0), v = Array(n).fill(0.0), t = Array(n).fill(0.0)
for (let i = 0; i < 10; i++) { times(u, t, false); times(t, v, true); times(v, t, false); times(t, u, true) }
let vbv = 0, vv = 0
for (let i = 0; i < n; i++) { vbv += u[i] * v[i]; vv += v[i] * v[i] }
console.log(vbv / vv)
