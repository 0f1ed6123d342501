local function entry(i, j) return 1.0 / (math.floor((i + j) * (i + j + 1) / 2) + i + 1) end
local function times(v, out, n, transposed)
  for i = 0, n - 1 do
    local sum = 0.0
    if transposed then for j = 0, n - 1 do sum = sum + entry(j, i) * v[j + 1] end
    else for j = 0, n - 1 do sum = sum + entry(i, j) * v[j + 1] end end
    out[i + 1] = sum
  end
end
local n, u, v, t = 1500, {}, {}, {}
for i = 1, n do u[i] = 1.0; v[i] = 0.0; t[i] = 0.0 end
for i = 1, 10 do times(u, t, n, false); times(t, v, n, true); times(v, t, n, false); times(t, u, n, true) end
local vbv, vv = 0.0, 0.0
for i = 1, n do vbv = vbv + u[i] * v[i]; vv = vv + v[i] * v[i] end
print(string.format("%.17g", vbv / vv))
