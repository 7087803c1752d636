-- drivers.lua: a script's start and its end, as the Lua driver makes them; the Lua half of luahost/drivers/script.py.
local _, _, import = ...

local runtime = import("runtime")
local panics = import("drivers.panics")
local script_function = runtime.script_function

local entries = {}

function entries.before_call()
  panics.handler_of_errors()
end

-- The script has started. Answers what it is given.
local function started(...)
  panics.over()
  runtime.started()
  return ...
end

-- Runs the script: whether it has a script_init, which is to be called then; or the failure. Without one it has started.
function entries.start()
  local failure, file, line, traceback = runtime.run()
  if failure ~= nil then
    return failure, file, line, traceback
  end
  local to_init = script_function("script_init") ~= nil
  if not to_init then
    started()
  end
  return to_init
end

-- Calls script_init, and then the script has started. Answers what the state's own `call` does.
function entries.init(...)
  panics.handler_of_errors()
  return started(runtime.call(...))
end

local function kept_words()
  local calls = runtime.imported("drivers.calls")
  local words = calls and calls.let_go()
  if words then
    return words
  end
  local kept = runtime.imported("dovecot.kept")
  return kept and kept.words(runtime.env)
end

local function nothing() end

-- Whether the script has a script_deinit, and what Dovecot dies of when the session ends, in words; not if it does not.
--
-- A register that nobody has written to yet may still hold what an earlier call left in its place, and a
-- collector takes that for something in use (seen in LuaJIT). Arguments write to registers.
function entries.kept()
  nothing(
    nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil,
    nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
  )
  local words, to_deinit = kept_words(), script_function("script_deinit") ~= nil
  if words then
    return to_deinit, words
  end
  return to_deinit
end

return entries
