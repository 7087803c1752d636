-- traceback: the script's debug.traceback: same arguments and results as Lua's; see stack.lua.
local _, _, import = ...

local real_traceback, tostring, type = debug.traceback, tostring, type

return function(...)
  local first, message, level = ...
  local stack = import("runtime.stack")
  local thread
  if type(first) == "thread" then
    thread = first
  else
    message, level = first, message
  end
  if message ~= nil and type(message) ~= "string" and type(message) ~= "number" then
    return message
  end
  local text
  if thread then
    text = real_traceback(thread, "", level or 0)
  else
    -- One more for this function.
    text = real_traceback("", (level or 1) + 1)
  end
  text = stack.clean(text)
  return message ~= nil and stack.c_string(tostring(message)) .. "\n" .. text or text
end
