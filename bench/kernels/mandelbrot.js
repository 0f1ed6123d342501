function mandelbrot(size, limit) {
  let inside = 0
  const step = 2.0 / size
  for (let y = 0; y < size; y++) {
    const ci = y * step - 1.0
    for (let x = 0; x < size; x++) {
      const cr = x * step - 1.5
      let zr = 0, zi = 0, i = 0
      while (i < limit && zr * zr + zi * zi <= 4.0) { const t = zr * zr - zi * zi + cr; zi = 2.0 * zr * zi + ci; zr = t; i++ }
      if (i === limit) inside++
    }
  }
  return inside
}
console.log(mandelbrot(1500, 200))
