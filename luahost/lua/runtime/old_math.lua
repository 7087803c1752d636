-- old_math: the functions of `math` that Lua 5.4 has only if it was built to be compatible with 5.2, as
-- Debian's is and lupa's is not. Scripts written on Debian may use them.

local _, check = ...

local abs, atan, exp, floor, huge, log, max = math.abs, math.atan, math.exp, math.floor, math.huge, math.log, math.max

local old = {}

-- Near 0 the difference of two powers has few digits left, so there it is a sum.
local function sinh(x)
  if x == 0 or x ~= x then
    return x
  elseif abs(x) >= 1 then
    return (exp(x) - exp(-x)) / 2
  end
  local sum, term, n = x, x, 1
  repeat
    local before = sum
    n = n + 2
    term = term * x * x / (n * (n - 1))
    sum = sum + term
  until sum == before
  return sum
end

function old.cosh(x)
  x = check.number(1, x) * 1.0
  return x ~= x and x or (exp(x) + exp(-x)) / 2
end

function old.sinh(x)
  x = check.number(1, x) * 1.0
  return sinh(x)
end

function old.tanh(x)
  x = check.number(1, x) * 1.0
  if abs(x) < 1 or x ~= x then
    return sinh(x) / ((exp(x) + exp(-x)) / 2)
  end
  local e = exp(-2 * abs(x))
  local t = (1 - e) / (1 + e)
  return x < 0 and -t or t
end

function old.pow(x, y)
  x, y = check.number(1, x), check.number(2, y)
  return x ^ y
end

function old.log10(x)
  return log(check.number(1, x), 10)
end

-- atan takes both since 5.3; here the second is no option.
function old.atan2(y, x)
  y, x = check.number(1, y), check.number(2, x)
  return atan(y, x)
end

local function ldexp(m, e)
  -- In two steps, for 2^e alone may be out of range.
  local half = floor(e / 2)
  return m * 2.0 ^ half * 2.0 ^ (e - half)
end

function old.ldexp(m, e)
  m, e = check.number(1, m), check.integer(2, e)
  return ldexp(m, (e + 2147483648) % 4294967296 - 2147483648)  -- an int in C
end

function old.frexp(x)
  x = check.number(1, x) * 1.0
  if x == 0 or x ~= x or abs(x) == huge then
    return x, 0
  end
  local e = max(floor(log(abs(x), 2)) + 1, -1073)
  local m = ldexp(x, -e)
  -- The logarithm may be one off next to powers of two.
  while abs(m) >= 1 do
    m, e = m / 2, e + 1
  end
  while abs(m) < 0.5 do
    m, e = m * 2, e - 1
  end
  return m, e
end

check.name(old)

return old
