-- drivers.lua: the Lua half of luahost/drivers/lua.py. Contexts and users stay here, in Lua, by the
-- number of their transaction; two transactions may be open at once.
local _, _, import = ...

local ipairs, rawget, tonumber, type = ipairs, rawget, tonumber, type
local find, gmatch, sub = string.find, string.gmatch, string.sub
local runtime = import("runtime")
local new_user = import("dovecot.mail_user")
local passthrough = import("dovecot.event")
local kept = import("dovecot.kept")
local kill = import("dovecot.kill")
local guard, protected, script_function = runtime.guard, runtime.protected, runtime.script_function

local BEGIN, END = "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn"

local contexts, users = {}, {}
local told_of_debug = false
local left_behind = {}  -- users of transactions that never began, until the next collection

local left_by  -- the function that left a passthrough event without a log call

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

-- Calls a function of the script's by name, as part of a transaction; answers what `protected` does.
local function call(transaction, name, ...)
  local before = guard and guard.work_on(transaction)
  local ok, result = protected(script_function(name), ...)
  if guard then
    guard.work_on(before)
  end
  return ok, result
end

function entries.begin(transaction)
  before_call()
  local user = new_user()
  local ok, context = call(transaction, BEGIN, user)
  if ok then
    contexts[transaction], users[transaction] = context, user
  else
    left_behind[#left_behind + 1] = user
  end
  return outcome(BEGIN, ok, context)
end

-- A shape is a space-separated list of field names; `name:3` is a list of three values.
local shapes = {}
local function parsed(shape)
  local found = shapes[shape]
  if not found then
    found = { names = {}, counts = {} }
    for field in gmatch(shape, "[^ ]+") do
      local colon = find(field, ":", 1, true)
      found.names[#found.names + 1] = colon and sub(field, 1, colon - 1) or field
      found.counts[#found.names] = colon and tonumber(sub(field, colon + 1)) or false
    end
    shapes[shape] = found
  end
  return found
end

local function event_table(shape, values)
  local event, at = {}, 1
  for i, name in ipairs(shape.names) do
    local count = shape.counts[i]
    if count then
      local list = {}
      for k = 1, count do
        list[k] = values[at + k - 1]
      end
      event[name] = list
      at = at + count
    else
      event[name] = values[at]
      at = at + 1
    end
  end
  return event
end

-- `with_user`: the documented dialect, where an event has a user, and a handler a third argument.
function entries.event(transaction, handler, with_user, shape, ...)
  before_call()
  local event = event_table(parsed(shape), { ... })
  if with_user then
    event.user = users[transaction]
    return outcome(handler, call(transaction, handler, contexts[transaction], event, users[transaction]))
  end
  return outcome(handler, call(transaction, handler, contexts[transaction], event))
end

function entries.finish(transaction, success)
  before_call()
  return outcome(END, call(transaction, END, contexts[transaction], success))
end

-- The context is unreferenced, and a full collection follows, as in Dovecot.
function entries.forget(transaction)
  over()
  contexts[transaction], users[transaction] = nil, nil
  left_behind = {}
  if guard then
    guard.forget(transaction)
  end
  runtime.collect()
end

local function kept_words()
  if #left_behind > 0 then
    return "an error in " .. BEGIN .. " left a mail_user behind, and no later transaction ended"
  end
  contexts, users = {}, {}
  return kept.words(runtime.env)
end

local function nothing() end

-- What Dovecot dies of when the session ends, in words; nil if it does not.
--
-- A register that nobody has written to yet may still hold what an earlier call left in its place, and a
-- collector takes that for something in use (seen in LuaJIT). Arguments write to registers.
function entries.kept()
  nothing(
    nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil,
    nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
  )
  local words = kept_words()
  return words
end

return entries
