-- drivers.calls: calls a script's functions for transactions; the Lua half of luahost/drivers/calls.py. Contexts and users stay
-- here, in Lua, by the number of their transaction; two transactions may be open at once.
local host, _, import, each_session = ...

local getmetatable, rawget, type = getmetatable, rawget, type
local sethook = debug.sethook
local runtime = import("runtime")
local panics = import("drivers.panics")
local functions = import("drivers.functions")
local heads = import("drivers.heads")
local passthrough = import("dovecot.passthrough")
local guard, failure_of = runtime.guard, runtime.failure_of
local failure_values, script_function = runtime.failure_values, runtime.script_function

local BEGIN, END = "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn"

local contexts, users
local left_behind  -- users of transactions that never began, until the next collection

each_session(function()
  contexts, users, left_behind = {}, {}, {}
end)

local calls = { functions = functions.named }

-- What came of a function of this name, which has raised unless `ok`: nil if all went well, or the failure's message, file,
-- line and traceback; and what the function has answered.
local function outcome(name, f, ok, result)
  runtime.end_call()
  if passthrough.event then
    panics.left_by = panics.left_by or name
  end
  if not ok then
    return failure_values(failure_of(f, result))
  end
  return nil, result
end

-- Calls a function of the script's, and answers what came of it.
local function call(name, f, ...)
  local handler = panics.handler_of_errors()
  runtime.begin_call()
  return outcome(name, f, runtime.xpcall(f, handler, ...))
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

-- The number of the call that was begun last, and of the one that Python knows of.
local begun, told = 1, 1

local function tell_of_calls()
  local since = begun - told
  if since > 0 then
    told = begun
    host.next_calls(since)
  end
end

each_session(function()
  begun, told = 1, 1
  runtime.say_first(nil)
end)

-- Where texts and numbers begin for each form, and after how many values the heads do.
local function places(values)
  local text_at, number_at, last = {}, {}, 1 + 3 * values[1]
  for at = 2, last, 3 do
    text_at[values[at]], number_at[values[at]] = values[at + 1], values[at + 2]
  end
  return text_at, number_at, last
end

-- Calls the handlers of events, after so many calls. Answers the number of the last call, and what came of it unless all went
-- well.
local function handle(number, transaction, with_user, events, head, values)
  local hook, mask, step, count = runtime.begin_calls()
  local env, context, user = runtime.env, contexts[transaction], users[transaction]
  local text_at, number_at, at
  if not head then
    text_at, number_at, at = places(values)
  end
  local checked, handler, its_debug, its_traceback = false, nil, calls, nil  -- `calls` is no script's
  local latest, this, name, make_event, shared, texts, numbers, t, n
  for i = 1, events do
    local its_head = head or values[at + i]
    if its_head ~= latest then
      if this then
        text_at[this.form], number_at[this.form] = t, n
      end
      latest, this = its_head, heads[its_head]
      name, make_event, shared, texts, numbers = this.handler, this.make, this.shared, this.texts, this.numbers
      if head then
        t, n = 0, events * texts
      else
        t, n = text_at[this.form], number_at[this.form]
      end
    end
    local f, debug_table
    if getmetatable(env) == nil then
      f, debug_table = env[name], env.debug
    else
      f, debug_table = rawget(env, name), rawget(env, "debug")
    end
    number = number + 1
    if f ~= checked then
      if type(f) ~= "function" then
        return number, false
      end
      checked = f
    end
    begun = number
    if debug_table ~= its_debug or rawget(its_debug, "traceback") ~= its_traceback then
      handler, its_debug = panics.handler_of_errors(), type(debug_table) == "table" and debug_table or calls
      its_traceback = rawget(its_debug, "traceback")
    end
    local event = make_event(shared, user, values, t, n)
    t, n = t + texts, n + numbers
    local ok, result
    count.spent = 0
    if hook then
      sethook(hook, mask, step)
    end
    if with_user then
      ok, result = runtime.xpcall(f, handler, context, event, user)
    else
      ok, result = runtime.xpcall(f, handler, context, event)
    end
    if hook then
      sethook()  -- not if the script was stopped: then the hook, which nothing takes away, has raised here
    end
    if passthrough.event then
      panics.left_by = panics.left_by or name
    end
    if not ok then
      return number, failure_values(failure_of(f, result))
    end
  end
  return number
end

-- The answer of `handle`.
local function handled(...)
  runtime.end_call()
  return ...
end

-- Calls end_txn after so many calls; answers the same as `handle`. If nothing is to be told, not even of garbage, the
-- transaction is forgotten; if there is more than a number, `forget` is to follow.
local function finish(number, transaction, success)
  number = number + 1
  local f = script_function(END)
  if not f then
    return number, false
  end
  begun = number
  local failed, file, line, traceback = call(END, f, contexts[transaction], success)
  if failed ~= nil then
    return number, failed, file, line, traceback
  elseif passthrough.event or runtime.must_collect() then
    return number, true
  end
  panics.left_by = nil
  forget(transaction)
  return number
end

-- See `calls.run`; answers the same.
local function make(transaction, begins, with_user, ends, success, events, head, values)
  local number = 0
  if begins then
    number = 1
    local failed, file, line, traceback = begin(transaction)
    if failed ~= nil then
      return number, failed, file, line, traceback
    end
  end
  local failed, file, line, traceback
  if events > 0 then
    number, failed, file, line, traceback = handled(handle(number, transaction, with_user, events, head, values))
  end
  if ends and failed == nil then
    number, failed, file, line, traceback = finish(number, transaction, success)
  end
  if failed ~= nil then
    return number, failed, file, line, traceback
  end
end

local function all_called(outer_transaction, outer_begun, outer_told, outer_say, ...)
  if guard then
    guard.work_on_again(outer_transaction)
  end
  begun, told = outer_begun, outer_told
  runtime.say_first(outer_say)
  return ...
end

-- Calls begin_txn if functions are `known`, then a handler for each of so many events, then end_txn if `ends`. If the events have
-- all one head, it is given, and then the texts of all, and the numbers of all. Otherwise `values` are how many forms there are;
-- for each of them its number, and after how many values its texts are, and its numbers; the head of each event; and these
-- texts and numbers.
-- `with_user`: the documented dialect, where an event has a user, and a handler a third argument.
--
-- Python hears of the calls that have been made when it is asked anything, and takes it that all were if there is no answer.
-- If something went wrong, no further calls are made, and the answer is the number of the call and false if there is no such
-- function, or what came of it. It is 0 and the functions that there are, if those are others than Python knows: then
-- nothing was called.
function calls.run(transaction, known, with_user, ends, success, events, head, ...)
  if known then
    local there = functions.there()
    if there ~= known then
      return 0, there
    end
  end
  local outer_begun, outer_told = begun, told
  begun, told = 1, 1
  return all_called(
    guard and guard.work_on(transaction), outer_begun, outer_told, runtime.say_first(tell_of_calls),
    make(transaction, known, with_user, ends, success, events, head, { ... })
  )
end

-- The context is unreferenced, and a full collection follows, as in Dovecot.
function calls.forget(transaction)
  panics.over()
  functions.forget()
  forget(transaction)
  runtime.collect()
end

-- Lets go of all contexts and users. What Dovecot dies of now, in words.
function calls.let_go()
  functions.forget()
  if #left_behind > 0 then
    return "an error in " .. BEGIN .. " left a mail_user behind, and no later transaction ended"
  end
  contexts, users = {}, {}
end

return calls
