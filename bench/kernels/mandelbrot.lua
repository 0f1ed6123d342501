local function mandelbrot(size, limit)
  local inside, step = 0, 2.0 / size
  for y = 0, size - 1 do
    local ci = y * step - 1.0
    for x = 0, size - 1 do
      local cr, zr, zi, i = x * step - 1.5, 0.0, 0.0, 0
      while i < limit and zr * zr + zi * zi <= 4.0 do
        local t = zr * zr - zi * zi + cr
        zi = 2.0 * zr * zi + ci; zr = t; i = i + 1
      end
      if i == limit then inside = inside + 1 end
    end
  end
  return inside
end
print(mandelbrot(1500, 200))
