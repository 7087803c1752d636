-- drivers.mail_lua: the Lua half of luahost/drivers/mail_lua.py, which calls a function with a user.
local _, _, import = ...

local tonumber, tostring, type = tonumber, tostring, type
local collectgarbage = collectgarbage
local runtime = import("runtime")
local before_call = import("drivers.lua").before_call
local protected, script_function = runtime.protected, runtime.script_function

local function has_text(value)
  return type(value) == "string" or type(value) == "number"
end

-- A code is a number by Lua's rules, its fraction cut off; anything else is 0.
local function is_failure(code)
  local number = has_text(code) and tonumber(code)
  return number and number <= -1
end

local entries = {}

-- nil if all went well; `false, message` if the code says that it failed; `true, message, file, line,
-- traceback` if it raised.
function entries.call(name)
  before_call()
  local ok, code, message = protected(script_function(name), import("dovecot.mail_user")())
  collectgarbage("collect")
  if not ok then
    return true, code.message, code.file, code.line, code.traceback
  elseif is_failure(code) then
    return false, has_text(message) and tostring(message) or "(null)"
  end
end

return entries
