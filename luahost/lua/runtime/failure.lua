-- failure: takes a script's errors apart while the stack still stands: what Dovecot prints of them, where they
-- happened, and Lua's traceback.
local _, _, import, each_session = ...

local getmetatable, rawget, tostring, type = getmetatable, rawget, tostring, type
local runtime, env_traceback = import("runtime"), import("runtime.traceback")
local guard = runtime.guard

if setfenv then
  import("runtime.stack")  -- 5.1 loads no bytecode where the C stack has overflown
end

local function has_text(value)
  return type(value) == "string" or type(value) == "number"
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
  local stack = import("runtime.stack")
  local file, line, short_file = stack.place()
  if value ~= nil and not has_text(value) then
    failing, going_on = { message = "(null)", file = file, line = line }, value
    return value
  end
  local message = value ~= nil and stack.at_scripts_line(stack.c_string(tostring(value)), short_file, line) or ""
  local traceback = stack.from(2)
  failing = { message = message, file = file, line = line, traceback = traceback }
  going_on = value ~= nil and message .. "\n" .. traceback or traceback
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
    local file, line = import("runtime.stack").place()
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

return { latest = latest, message_handler = message_handler }
