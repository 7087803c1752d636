-- clock: os.time, os.date and os.clock by the clock that the host was given; luahost/runtime/controlled.py is
-- its host half.
local host, check = ...

local real_date, real_time = os.date, os.time
local error, gsub, pcall, select = error, string.gsub, pcall, select

-- An error of Lua's own would name no line and another function; it is to be as from the script's call.
local function settled(name, ok, ...)
  if ok then
    return ...
  end
  local message = gsub(..., "^(bad argument #%d+ to )'[^']*'", "%1'" .. name .. "'")
  error(message, 3)
end

local function given(...)
  return ...
end

local functions = {}

-- With a table, a matter of the calendar alone.
function functions.time(...)
  if select("#", ...) == 0 or ... == nil then
    return (host.time())
  end
  return given(settled("time", pcall(real_time, (...))))
end

function functions.date(format, time)
  if format == nil then
    format = "%c"
  end
  if time == nil then
    time = host.time()
  end
  return given(settled("date", pcall(real_date, format, time)))
end

function functions.clock()
  return (host.cpu())
end

check.name(functions)

return function(library)
  library.time, library.date, library.clock = functions.time, functions.date, functions.clock
end
