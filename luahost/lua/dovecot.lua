-- dovecot: the global table of that name; what scripts see of luahost/api/dovecot.py.
--
-- Its functions live in its metatable, as in the real one, so pairs(dovecot) shows tables only.
local host, check, import = ...

local error, ipairs, rawset, select, setmetatable = error, ipairs, rawset, select, setmetatable
local tostring, type = tostring, type
local format, gsub = string.format, string.gsub
local flat = import("runtime.flat")
local kill = import("dovecot.kill")
local runtime = import("runtime")
local event = import("dovecot.event")

local functions = { __name = "dovecot" }
functions.__index = functions

-- Tables of constants have a metatable with a name, as all that Dovecot registers.
local function named(name, constants)
  local metatable = { __name = name }
  metatable.__index = metatable
  return setmetatable(constants, metatable)
end

-- i_debug, i_info, i_warning, i_error: a line in the mail log, without the event's `lua: `.
for _, level in ipairs({ "debug", "info", "warning", "error" }) do
  functions["i_" .. level] = function(...)
    check.count(1, 1, select("#", ...))
    local text = check.c_string(1, (...))
    host.log(level, text)
  end
end

-- A child of the script's own event, or of the given one.
function functions.event(...)
  local n = select("#", ...)
  check.count(0, 1, n)
  if n == 0 then
    return event.new()
  end
  return event.new(event.self((...)))
end

function functions.has_flag(...)
  check.count(2, 2, select("#", ...))
  local value, flag = ...
  return host.has_flag(check.integer(1, value), check.integer(2, flag))
end

function functions.set_flag(...)
  check.count(2, 2, select("#", ...))
  local value, flag = ...
  return host.set_flag(check.integer(1, value), check.integer(2, flag))
end

function functions.clear_flag(...)
  check.count(2, 2, select("#", ...))
  local value, flag = ...
  return host.clear_flag(check.integer(1, value), check.integer(2, flag))
end

-- The words, "write to read" included, are Dovecot's; only a bad key has a place.
local restricted = {
  __index = function(_, name)
    if type(name) ~= "string" and type(name) ~= "number" then
      error("bad argument #2 to 'index' (string expected, got " .. type(name) .. ")", 2)
    end
    error(format("attempt to write to read undeclared global variable %s", tostring(name)), 0)
  end,
  __newindex = function(globals, name, value)
    if type(name) ~= "string" and type(name) ~= "number" then
      error("bad argument #2 to 'newindex' (string expected, got " .. type(name) .. ")", 2)
    end
    if type(value) ~= "function" then
      error(format("attempt to write to undeclared global variable %s", tostring(name)), 0)
    end
    rawset(globals, name, value)
  end,
}

function functions.restrict_global_variables(...)
  check.count(1, 1, select("#", ...))
  setmetatable(runtime.env, (...) and restricted or {})
end

local dovecot = { http = import("dovecot.http_client"), storage = named("storage", import("dovecot.storage")) }

if host.has_more_functions() then
  import("dovecot.more")(functions)
  dovecot.dict = named("dovecot_dict", flat(host.dict_constants()))
  dovecot.doveadm_client = named("dovecot_doveadm_client", flat(host.doveadm_constants()))
end

check.name(functions)

function runtime.env.os.exit()
  kill.raise("os.exit() was called")
end

if not math.type then
  -- Before Lua 5.3 tostring does not look at __name. Asked once, before there is a __tostring.
  local name = gsub(tostring(dovecot), "^table", "dovecot")
  function functions.__tostring()
    return name
  end
end

return setmetatable(dovecot, functions)
