-- old_math: the functions of `math` that Lua 5.4 has only if it was built to be compatible with 5.2, as
-- Debian's is and lupa's is not. Scripts written on Debian may use them.

local abs, atan, exp, floor, log, max = math.abs, math.atan, math.exp, math.floor, math.log, math.max
local huge = math.huge

return function(library)
  function library.cosh(x)
    return (exp(x) + exp(-x)) / 2
  end

  function library.sinh(x)
    return (exp(x) - exp(-x)) / 2
  end

  function library.tanh(x)
    local e = exp(-2 * abs(x))
    local t = (1 - e) / (1 + e)
    return x < 0 and -t or t
  end

  function library.pow(x, y)
    return x ^ y
  end

  function library.log10(x)
    return log(x, 10)
  end

  -- atan takes both since 5.3; here the second is no option.
  function library.atan2(y, x)
    return atan(y, x + 0)
  end

  function library.ldexp(m, e)
    -- In two steps, for 2^e alone may be out of range.
    local half = floor(e / 2)
    return m * 2.0 ^ half * 2.0 ^ (e - half)
  end

  function library.frexp(x)
    if x == 0 or x ~= x or x == huge or x == -huge then
      return x + 0.0, 0
    end
    local e = max(floor(log(abs(x), 2)) + 1, -1073)
    local m = library.ldexp(x, -e)
    -- The logarithm may be one off next to powers of two.
    while abs(m) >= 1 do
      m, e = m / 2, e + 1
    end
    while abs(m) < 0.5 do
      m, e = m * 2, e - 1
    end
    return m, e
  end
end
