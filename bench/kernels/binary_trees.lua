local function make(depth) if depth == 0 then return {} end return { make(depth - 1), make(depth - 1) } end
local function check(t) if t[1] == nil then return 1 end return check(t[1]) + check(t[2]) + 1 end
local most = 16
print(check(make(most + 1)))
local long_lived = make(most)
for depth = 4, most, 4 do
  local iterations, total = 2 ^ (most - depth + 4), 0
  for i = 1, iterations do total = total + check(make(depth)) end
  print(string.format("%d %d %d", iterations, depth, total))
end
print(check(long_lived))
