function sqrtNewton(x) { let r = x > 1.0 ? x / 2.0 : 1.0; for (let i = 0; i < 12; i++) r = (r + x / r) * 0.5; return r }
function advance(bodies, dt) {
  const n = bodies.length
  for (let i = 0; i < n; i++) {
    const a = bodies[i]
    for (let j = i + 1; j < n; j++) {
      const b = bodies[j]
      const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z, d2 = dx * dx + dy * dy + dz * dz
      const mag = dt / (d2 * sqrtNewton(d2))
      a.vx -= dx * b.mass * mag; a.vy -= dy * b.mass * mag; a.vz -= dz * b.mass * mag
      b.vx += dx * a.mass * mag; b.vy += dy * a.mass * mag; b.vz += dz * a.mass * mag
    }
  }
  for (const b of bodies) { b.x += dt * b.vx; b.y += dt * b.vy; b.z += dt * b.vz }
}
function energy(bodies) {
  let e = 0
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i]
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j], dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z
      e = e - a.mass * b.mass / sqrtNewton(dx * dx + dy * dy + dz * dz)
    }
  }
  return e
}
const body = (x, y, z, vx, vy, vz, mass) => ({ x, y, z, vx, vy, vz, mass })
const bodies = [body(0, 0, 0, 0, 0, 0, 39.5), body(4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.037), body(8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011),
  body(12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017), body(15.4, -25.9, 0.2, 0.98, 0.6, -0.03, 0.002)]
console.log(energy(bodies))
for (let i = 0; i < 1000000; i++) advance(bodies, 0.001)
console.log(energy(bodies))
