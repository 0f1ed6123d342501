function make(depth) { return depth === 0 ? { left: null, right: null } : { left: make(depth - 1), right: make(depth - 1) } }
function check(t) { return t.left === null ? 1 : check(t.left) + check(t.right) + 1 }
const most = 16
console.log(check(make(most + 1)))
const longLived = make(most)
for (let depth = 4; depth <= most; depth += 4) {
  const iterations = 2 ** (most - depth + 4)
  let total = 0
  for (let i = 0; i < iterations; i++) total += check(make(depth))
  console.log(iterations, depth, total)
}
console.log(check(longLived))
