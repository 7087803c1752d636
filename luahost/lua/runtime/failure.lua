-- failure: takes a script's errors apart while the stack still stands: what Dovecot prints of them, where they
-- happened, and Lua's traceback.
local _, _, import, each_session = ...

local find, gsub = string.find, string.gsub
local getinfo, getmetatable, rawget, tostring, type = debug.getinfo, getmetatable, rawget, tostring, type
local runtime, traceback = import("runtime"), import("runtime.traceback")
local guard, env_traceback = runtime.guard, traceback.traceback
local c_string, traceback_from = traceback.c_string, traceback.from

-- The file of a function of a script's, nil for other functions.
local function script_file(info)
  return not find(info.source, "^@luahost/lua/") and info.what ~= "C" and gsub(info.source, "^[@=]", "") or nil
end

-- The innermost line of a script on the stack: file, line, and the file as Lua shortens it.
local function place()
  local level = 2
  while true do
    local info = getinfo(level, "Sl")
    if not info then
      return nil
    end
    if info.currentline > 0 and script_file(info) then
      return script_file(info), info.currentline, info.short_src
    end
    level = level + 1
  end
end

local function has_text(value)
  return type(value) == "string" or type(value) == "number"
end

-- A message about a line of luahost's own Lua, which stands for C, is about the script's line that
-- led there. The line is -1 in chunks that have none; see luahost/runtime/bytecode.py.
local function at_scripts_line(message, short_file, line)
  if not find(message, "^luahost/lua/[%w_/]+%.lua:%-?%d+: ") then
    return message
  end
  -- A tail call may have taken the script's line off the stack.
  local script_place = short_file and short_file .. ":" .. line .. ": " or ""
  return script_place .. gsub(message, "^.-:%-?%d+: ", "", 1)
end

-- The latest error: what there is to say of it, and the value that goes on in Lua in its place. That one is Dovecot's,
-- since a script sees it where a variable is closed.
local failing, going_on

each_session(function()
  failing, going_on = nil, nil
end)

-- An error value as Dovecot prints it. Its message handler is debug.traceback, which leaves alone
-- what is no string, and Dovecot prints what has no text as "(null)".
local function take_apart(value)
  if guard and guard.is_stopped() then
    return value
  end
  local file, line, short_file = place()
  if value ~= nil and not has_text(value) then
    failing, going_on = { message = "(null)", file = file, line = line }, value
    return value
  end
  local message = value ~= nil and at_scripts_line(c_string(tostring(value)), short_file, line) or ""
  local stack = traceback_from(2)
  failing = { message = message, file = file, line = line, traceback = stack }
  going_on = value ~= nil and message .. "\n" .. stack or stack
  return going_on
end

-- The same where the script has put something else in the place of debug.traceback.
local function handler_of_script(handler)
  if type(handler) ~= "function" then
    handler = function()
      return "error in error handling"
    end
  end
  return function(value)
    if guard and guard.is_stopped() then
      return value
    end
    local file, line = place()
    local text = handler(value)
    failing = { message = has_text(text) and tostring(text) or "(null)", file = file, line = line }
    going_on = text
    return text
  end
end

-- What handles an error of the function that is to be called, and whether the global `debug` is a table. The script may have
-- put something else in the place of debug.traceback: Dovecot looks before it calls a function. (Without a table
-- it panics.)
local function message_handler()
  local env = runtime.env
  -- Without a metatable, which dovecot.restrict_global_variables gives it, a field is what rawget answers.
  local debug_table
  if getmetatable(env) == nil then
    debug_table = env.debug
  else
    debug_table = rawget(env, "debug")
  end
  if type(debug_table) ~= "table" then
    return take_apart, false
  end
  local handler = rawget(debug_table, "traceback")
  return handler == env_traceback and take_apart or handler_of_script(handler), true
end

-- What there is to say of the latest error, and the value that went on; forgets them, for the value may be all that
-- keeps something of the script's.
local function latest()
  local failure, value = failing, going_on
  failing, going_on = nil, nil
  return failure, value
end

return {
  latest = latest, message_handler = message_handler, place = place, script_file = script_file,
  at_scripts_line = at_scripts_line,
}
