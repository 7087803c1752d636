-- drivers.lua: the Lua half of luahost/drivers/lua.py. Contexts and users stay here, in Lua, by the
-- number of their transaction; two transactions may be open at once.
local host, _, import, each_session = ...

local getmetatable, rawget, select, type = getmetatable, rawget, select, type
local runtime = import("runtime")
local passthrough = import("dovecot.passthrough")
local kill = import("dovecot.kill")
local guard, protected, script_function = runtime.guard, runtime.protected, runtime.script_function

local BEGIN, END = "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn"

local contexts, users
local told_of_debug
local left_behind  -- users of transactions that never began, until the next collection

local left_by  -- the function that left a passthrough event without a log call

each_session(function()
  contexts, users, left_behind = {}, {}, {}
  told_of_debug, left_by = false, nil
end)

-- What came of a function: nil if all went well, or the failure's message, file, line and traceback.
local function outcome(name, ok, failure)
  if passthrough.is_waiting() then
    left_by = left_by or name
  end
  if not ok then
    return failure.message, failure.file, failure.line, failure.traceback
  end
end

local entries = {}

-- Before each call Dovecot looks for debug.traceback, and dies if it cannot.
local function before_call()
  if type(rawget(runtime.env, "debug")) ~= "table" and not told_of_debug then
    kill.tell("the global debug is no table, where Dovecot looks for debug.traceback before each call")
    told_of_debug = true
  end
end
entries.before_call = before_call

-- When a driver has started and when a transaction is over Dovecot makes passthrough events of its own, and
-- dies if the script has left one without a log call.
local function over()
  if passthrough.is_waiting() then
    kill.tell((left_by or "the script") .. " left a passthrough event without a log call")
  end
  passthrough.forget_waiting()
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
  before_call()
  return started(runtime.call(...))
end

-- Calls a function of the script's, as part of a transaction; answers what `protected` does.
local function call(transaction, f, ...)
  local before = guard and guard.work_on(transaction)
  local ok, result = protected(f, ...)
  if guard then
    guard.work_on(before)
  end
  return ok, result
end

-- begin_txn and the handlers, in the order of luahost/drivers/lua.py, which knows of those there are as a sum of bits.
local names, bits = {}, {}

local function know_names(...)
  for i = 1, select("#", ...) do
    names[i], bits[i] = (select(i, ...)), 2 ^ (i - 1)
  end
end

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

-- Calls begin_txn, if it is there and a handler is. `known`: the functions that Python knows to be there; if it is others,
-- nothing is called, and they are the answer. The names come once.
function entries.begin(transaction, known, ...)
  if ... then
    know_names(...)
  end
  local there = functions_there()
  if there ~= known then
    return there
  elseif there == 1 or there % 2 == 0 then
    return
  end
  before_call()
  local user = import("dovecot.mail_user")()
  local ok, context = call(transaction, script_function(BEGIN), user)
  if ok then
    contexts[transaction], users[transaction] = context, user
  else
    left_behind[#left_behind + 1] = user
  end
  return outcome(BEGIN, ok, context)
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
  before_call()
  local ok, failure = call(transaction, f, contexts[transaction], success)
  if ok and not passthrough.is_waiting() and not runtime.must_collect() then
    left_by = nil
    return forget(transaction)
  elseif ok then
    outcome(END, ok)
    return true
  end
  return outcome(END, ok, failure)
end

local function handle(transaction, handler, f, event, with_user)
  before_call()
  if with_user then
    event.user = users[transaction]
    return outcome(handler, call(transaction, f, contexts[transaction], event, users[transaction]))
  end
  return outcome(handler, call(transaction, f, contexts[transaction], event))
end

-- The number of a call and what has come of it, if Python has to hear of it.
local function answer(number, what, ...)
  if what ~= nil then
    return number, what, ...
  end
end

-- Calls that have been begun since Python was told of one.
local untold

local function tell_of_calls()
  local count = untold
  untold = 0
  host.next_calls(count)
end

local function count_call()
  untold = untold + 1
  runtime.say_first(tell_of_calls)
end

local function nothing_untold(...)
  untold = 0
  runtime.say_first(nil)
  return ...
end
each_session(nothing_untold)

local function run(transaction, with_user, count, ends, success, ...)
  local values, at = { ... }, 1
  local handler, make, size
  for i = 1, count do
    if values[at] then
      handler = values[at]
      make, size = import("runtime.record")(values[at + 1])
    end
    local f = script_function(handler)
    if not f then
      return i, false
    end
    if i > 1 then
      count_call()
    end
    local event = make(values, at + 1)
    at = at + 2 + size
    local failed, file, line, stack = handle(transaction, handler, f, event, with_user)
    if failed ~= nil then
      return i, failed, file, line, stack
    end
  end
  if ends then
    local f = script_function(END)
    if not f then
      return count + 1, false
    end
    if count > 0 then
      count_call()
    end
    return answer(count + 1, finish(transaction, f, success))
  end
end

-- Calls a handler for each of `count` events and, if `ends`, end_txn. What follows is for each event its handler and shape,
-- false if they are those of the one before, and its values. `with_user`: the documented dialect, where an event has a
-- user, and a handler a third argument.
--
-- Python hears of the calls that have been made when it is asked anything, and takes it that all were if there is no answer.
-- If something went wrong, no further calls are made, and the answer is the number of the call and false if there is no such
-- function, or what came of it.
function entries.run(...)
  return nothing_untold(run(...))
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
