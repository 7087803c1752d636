-- random: math.random and math.randomseed that draw the same numbers in each run and under each Lua version;
-- luahost/runtime/controlled.py installs them where the host was given a seed.
--
-- Lehmer's generator with Park and Miller's constants (CACM 31, 10; 1988): its products fit into a double, so
-- it needs no integers, which Lua has since 5.3.
local _, check = ...

local floor, huge, to_integer = math.floor, math.huge, math.tointeger
local error, select = error, select

local MODULUS, MULTIPLIER = 2147483647, 16807
local LOW_BITS = 2 ^ 22
local ALL_BITS = 2 ^ 53
local WIDEST = 2 ^ 63

return function(library, version, first_seed)
  local draws_bits = version >= "Lua 5.4"
  local state

  local function step()
    state = state * MULTIPLIER % MODULUS
    return state - 1
  end

  local function seed(number)
    if number ~= number or number == huge or number == -huge then
      number = 0
    end
    local low, high = floor(number) % MODULUS, floor(number / MODULUS) % MODULUS
    -- A state is never 0, and a few steps take those of neighbours apart.
    state = (low + high * 48271) % (MODULUS - 1) + 1
    for _ = 1, 4 do
      step()
    end
  end

  -- From 0 up to, but not including, 1.
  local function fraction()
    local high, low = step(), step()
    return (high * LOW_BITS + low % LOW_BITS) / ALL_BITS
  end

  local functions = {}

  function functions.random(...)
    local count = select("#", ...)
    if count == 0 then
      return (fraction())
    elseif count > 2 then
      error("wrong number of arguments", 2)
    end
    local low, high = 1, check.integer(1, (...))
    if count == 2 then
      low, high = high, check.integer(2, (select(2, ...)))
    elseif high == 0 and draws_bits then
      return to_integer(step()) * 4294967296 + to_integer(step())
    end
    if low > high then
      check.fail(count, "interval is empty")
    end
    local width = high - (low - 1.0)
    if width >= WIDEST then
      check.fail(count, "interval too large")
    end
    return low + floor(fraction() * width)
  end

  -- Without an argument Lua 5.4 seeds by chance; here that is the host's seed again.
  function functions.randomseed(...)
    seed(select("#", ...) == 0 and first_seed or check.number(1, (...)))
  end

  check.name(functions)
  library.random, library.randomseed = functions.random, functions.randomseed
  seed(first_seed)
end
