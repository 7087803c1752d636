-- old_math: the functions of `math` that Lua 5.4 has only if it was built to be compatible with 5.2, as
-- Debian's is and lupa's is not. Scripts written on Debian may use them.

local math = math

local old = {}

function old.cosh(x)
  return (math.exp(x) + math.exp(-x)) / 2
end

function old.sinh(x)
  return (math.exp(x) - math.exp(-x)) / 2
end

function old.tanh(x)
  local e = math.exp(-2 * math.abs(x))
  local t = (1 - e) / (1 + e)
  return x < 0 and -t or t
end

function old.pow(x, y)
  return x ^ y
end

function old.log10(x)
  return math.log(x, 10)
end

-- atan takes both since 5.3; here the second is no option.
function old.atan2(y, x)
  return math.atan(y, x + 0)
end

function old.ldexp(m, e)
  -- In two steps, for 2^e alone may be out of range.
  local half = math.floor(e / 2)
  return m * 2.0 ^ half * 2.0 ^ (e - half)
end

function old.frexp(x)
  if x == 0 or x ~= x or x == math.huge or x == -math.huge then
    return x + 0.0, 0
  end
  local e = math.max(math.floor(math.log(math.abs(x), 2)) + 1, -1073)
  local m = old.ldexp(x, -e)
  -- The logarithm may be one off next to powers of two.
  while math.abs(m) >= 1 do
    m, e = m / 2, e + 1
  end
  while math.abs(m) < 0.5 do
    m, e = m * 2, e - 1
  end
  return m, e
end

return old
