-- drivers.lua: the Lua half of luahost/drivers/calls.py. Contexts and users stay here, in Lua, by the
-- number of their transaction; two transactions may be open at once.
local host, _, import, each_session = ...

local getmetatable, rawget, select, type = getmetatable, rawget, select, type
local runtime = import("runtime")
local passthrough = import("dovecot.passthrough")
local kill = import("dovecot.kill")
local begin_call, end_call = runtime.begin_call, runtime.end_call
local guard, message_handler, failure_of = runtime.guard, runtime.message_handler, runtime.failure_of
local script_function = runtime.script_function

local BEGIN, END = "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn"

local contexts, users
local told_of_debug
local left_behind  -- users of transactions that never began, until the next collection

local left_by  -- the function that left a passthrough event without a log call

each_session(function()
  contexts, users, left_behind = {}, {}, {}
  told_of_debug, left_by = false, nil
end)

local entries = {}

-- Before each call Dovecot looks for debug.traceback, and dies if it cannot.
local function without_debug()
  if not told_of_debug then
    kill.tell("the global debug is no table, where Dovecot looks for debug.traceback before each call")
    told_of_debug = true
  end
end

function entries.before_call()
  local _, has_debug = message_handler()
  if not has_debug then
    without_debug()
  end
end

-- When a driver has started and when a transaction is over Dovecot makes passthrough events of its own, and
-- dies if the script has left one without a log call.
local function over()
  if passthrough.event then
    kill.tell((left_by or "the script") .. " left a passthrough event without a log call")
  end
  passthrough.event = nil
  left_by = nil
end
entries.over = over

-- Runs the script: whether it has a script_init, which is to be called then; or the failure. Without one it has started.
function entries.start()
  local failure, file, line, traceback = runtime.run()
  if failure ~= nil then
    return failure, file, line, traceback
  end
  local to_init = script_function("script_init") ~= nil
  if not to_init then
    over()
  end
  return to_init
end

-- Calls script_init, and then the script has started. Answers what the state's own `call` does.
local function started(...)
  over()
  return ...
end
function entries.init(...)
  entries.before_call()
  return started(runtime.call(...))
end

-- What came of a function of this name, which has raised unless `ok`: nil if all went well, or the failure's message, file,
-- line and traceback; and what the function has answered.
local function outcome(name, f, ok, result)
  end_call()
  if passthrough.event then
    left_by = left_by or name
  end
  if not ok then
    local failure = failure_of(f, result)
    return failure.message, failure.file, failure.line, failure.traceback
  end
  return nil, result
end

-- Calls a function of the script's, and answers what came of it.
local function call(name, f, ...)
  local handler, has_debug = message_handler()
  if not has_debug then
    without_debug()
  end
  begin_call()
  return outcome(name, f, runtime.xpcall(f, handler, ...))
end

-- begin_txn and the handlers, in the order of luahost/drivers/handlers.py, which knows of those there are as a sum of bits.
local names, bits = {}, {}

local function functions_there()
  local env, sum = runtime.env, 0
  -- Without a metatable, which dovecot.restrict_global_variables gives it, a field is what rawget answers.
  local get = getmetatable(env) ~= nil and rawget
  for i = 1, #names do
    local value
    if get then
      value = get(env, names[i])
    else
      value = env[names[i]]
    end
    if value ~= nil and type(value) == "function" then
      sum = sum + bits[i]
    end
  end
  return sum
end

-- Which functions there are; the first time with the names of all there can be.
function entries.functions(...)
  for i = 1, select("#", ...) do
    names[i], bits[i] = (select(i, ...)), 2 ^ (i - 1)
  end
  return functions_there()
end

-- Answers what `call` does.
local function begin(transaction)
  local user = import("dovecot.mail_user")()
  local failed, context, line, traceback = call(BEGIN, script_function(BEGIN), user)
  if failed == nil then
    contexts[transaction], users[transaction] = context, user
    return
  end
  left_behind[#left_behind + 1] = user
  return failed, context, line, traceback
end

local function forget(transaction)
  contexts[transaction], users[transaction] = nil, nil
  if #left_behind > 0 then
    left_behind = {}
  end
  if guard then
    guard.forget(transaction)
  end
end

-- Calls end_txn. If nothing is to be told, not even of garbage, the transaction is forgotten; if there is an answer,
-- `forget` is to follow: true, or the failure.
local function finish(transaction, f, success)
  local failed, file, line, traceback = call(END, f, contexts[transaction], success)
  if failed ~= nil then
    return failed, file, line, traceback
  elseif passthrough.event or runtime.must_collect() then
    return true
  end
  left_by = nil
  forget(transaction)
end

-- The number of a call and what has come of it, if Python has to hear of it.
local function answer(number, what, ...)
  if what ~= nil then
    return number, what, ...
  end
end

-- Calls that have been begun since Python was told of one.
local untold = 0

local function tell_of_calls()
  local count = untold
  untold = 0
  host.next_calls(count)
end

local function count_call()
  if untold == 0 then
    runtime.say_first(tell_of_calls)
  end
  untold = untold + 1
end

each_session(function()
  untold = 0
  runtime.say_first(nil)
end)

-- See `entries.run`; answers what it does.
local function calls(transaction, known, with_user, runs, ends, success, ...)
  local number = 0
  if known then
    local there = functions_there()
    if there ~= known then
      return 0, there
    end
    number = 1
    local failed, file, line, traceback = begin(transaction)
    if failed ~= nil then
      return number, failed, file, line, traceback
    end
  end
  local values, at, env = { ... }, 0, runtime.env
  local context, user = contexts[transaction], users[transaction]
  for _ = 1, runs do
    local handler, count = values[at + 1], values[at + 3]
    local make, shared, texts, numbers = import("runtime.record")(values[at + 2])
    local s = at + 3
    local t = s + shared
    local n = t + count * texts
    at = n + count * numbers
    for _ = 1, count do
      local f
      if getmetatable(env) == nil then
        f = env[handler]
      else
        f = rawget(env, handler)
      end
      number = number + 1
      if type(f) ~= "function" then
        return number, false
      elseif number > 1 then
        count_call()
      end
      local event = make(values, s, t, n)
      t, n = t + texts, n + numbers
      local failed, file, line, traceback
      if with_user then
        event.user = user
        failed, file, line, traceback = call(handler, f, context, event, user)
      else
        failed, file, line, traceback = call(handler, f, context, event)
      end
      if failed ~= nil then
        return number, failed, file, line, traceback
      end
    end
  end
  if ends then
    number = number + 1
    local f = script_function(END)
    if not f then
      return number, false
    elseif number > 1 then
      count_call()
    end
    return answer(number, finish(transaction, f, success))
  end
end

local function all_called(before, ...)
  if guard then
    guard.work_on_again(before)
  end
  if untold > 0 then
    untold = 0
    runtime.say_first(nil)
  end
  return ...
end

-- Calls begin_txn if functions are `known`, then a handler for each event, then end_txn if `ends`. What follows are rows of
-- events: the handler, the shape, how many they are, what they share, the texts of all, the numbers of all.
-- `with_user`: the documented dialect, where an event has a user, and a handler a third argument.
--
-- Python hears of the calls that have been made when it is asked anything, and takes it that all were if there is no answer.
-- If something went wrong, no further calls are made, and the answer is the number of the call and false if there is no such
-- function, or what came of it. It is 0 and the functions that there are, if those are others than Python knows: then
-- nothing was called.
function entries.run(transaction, ...)
  return all_called(guard and guard.work_on(transaction), calls(transaction, ...))
end

-- The context is unreferenced, and a full collection follows, as in Dovecot.
function entries.forget(transaction)
  over()
  forget(transaction)
  runtime.collect()
end

local function kept_words()
  if #left_behind > 0 then
    return "an error in " .. BEGIN .. " left a mail_user behind, and no later transaction ended"
  end
  contexts, users = {}, {}
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
