-- dovecot: the global table of that name; what scripts see of luahost/api/dovecot.py.
--
-- Its functions live in its metatable, as in the real one, so pairs(dovecot) shows tables only.
local host, check, import = ...

local error, ipairs, next, rawset, select, setmetatable = error, ipairs, next, rawset, select, setmetatable
local tostring, type = tostring, type
local format, gsub = string.format, string.gsub
local copier, flat = import("runtime.copier"), import("runtime.flat")
local kill = import("dovecot.kill")
local runtime = import("runtime")

local functions = { __name = "dovecot" }

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
  local events = import("dovecot.event")
  if n == 0 then
    return events.new()
  end
  return events.new(events.self((...)))
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

local function c_string(name)
  return (gsub(tostring(name), "%z.*", ""))
end

-- The words, "write to read" included, are Dovecot's; only a bad key has a place.
local function read_undeclared(_, name)
  if type(name) ~= "string" and type(name) ~= "number" then
    error("bad argument #2 to 'index' (string expected, got " .. type(name) .. ")", 2)
  end
  error(format("attempt to write to read undeclared global variable %s", c_string(name)), 0)
end

local function write_undeclared(globals, name, value)
  if type(name) ~= "string" and type(name) ~= "number" then
    error("bad argument #2 to 'newindex' (string expected, got " .. type(name) .. ")", 2)
  end
  if type(value) ~= "function" then
    error(format("attempt to write to undeclared global variable %s", c_string(name)), 0)
  end
  rawset(globals, name, value)
end

function functions.restrict_global_variables(...)
  check.count(1, 1, select("#", ...))
  setmetatable(runtime.env, (...) and { __index = read_undeclared, __newindex = write_undeclared } or {})
end

local more = host.has_more_functions()
if more then
  import("dovecot.more")(functions)
end

local function constants()
  return {
    storage = import("dovecot.storage")(),
    dict = more and flat(host.dict_constants()) or nil,
    doveadm_client = more and flat(host.doveadm_constants()) or nil,
  }
end

-- The methods of objects, whose chunks are loaded when a script first makes one.
check.know(
  "add_header add_int add_str add_timeval append_log_prefix close free header inc_int log_debug log_error log_info "
    .. "log_warning mailbox metadata_get metadata_list metadata_set metadata_unset open passthrough_event payload "
    .. "plugin_getenv reason remove_header replace_log_prefix request set_always_log_source set_forced_debug set_name "
    .. "set_payload status submit sync unset_forced_debug var_expand __eq __le __lt __tostring "
)
check.name(functions)

local own_name  -- of the session's table

if not math.type then
  -- Before Lua 5.3 tostring does not look at __name.
  function functions.__tostring()
    return own_name
  end
end

local function exit()
  kill.raise("os.exit() was called")
end

-- Tables of constants have a metatable with a name, as all that Dovecot registers.
local function named(name, members)
  local metatable = { __name = name }
  metatable.__index = metatable
  return setmetatable(members, metatable)
end

local NAMES = { storage = "storage", dict = "dovecot_dict", doveadm_client = "dovecot_doveadm_client" }

local copied_functions, copied_constants = copier(functions), copier(constants)
local new_http = copier(import("dovecot.http"))

-- The session's table.
return function()
  local dovecot, metatable = copied_constants(), copied_functions()
  for name, members in next, dovecot do
    named(NAMES[name], members)
  end
  dovecot.http = new_http()
  metatable.__index = metatable
  own_name = gsub(tostring(dovecot), "^table", "dovecot")
  runtime.env.os.exit = exit
  return setmetatable(dovecot, metatable)
end
