local function matrix(n, seed)
  local rows, t = {}, seed / n / n
  for i = 0, n - 1 do local row = {}; for j = 0, n - 1 do row[j + 1] = t * (i - j) * (i + j) end; rows[i + 1] = row end
  return rows
end
local function multiply(a, b, n)
  local c = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do local sum = 0.0; for k = 1, n do sum = sum + a[i][k] * b[k][j] end; row[j] = sum end
    c[i] = row
  end
  return c
end
local n = 500
local c = multiply(matrix(n, 1.0), matrix(n, 2.0), n)
print(string.format("%.17g", c[n / 2 + 1][n / 2 + 1]))
print(string.format("%.17g", c[2][n]))
