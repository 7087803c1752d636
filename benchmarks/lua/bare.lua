-- bare: the least that a script in a sandbox takes from Python; the Lua half of benchmarks/bare.py. A transaction is one call:
-- begin_txn, a handler for each event, end_txn, each under xpcall, all under a hook that counts instructions. Tables are made by
-- constructors as a person would write them. Nothing is told, kept, or looked at twice.
local script, form = ...

local sethook, xpcall = debug.sethook, xpcall
local env = setmetatable({}, { __index = { error = error, table = table, tostring = tostring } })
assert(load(script, "=push.lua", "t", env))()

local begin, finish = env.dovecot_lua_notify_begin_txn, env.dovecot_lua_notify_end_txn

local function hook()
  error("over")
end

local function traceback(message)
  return message
end

local function well(ok, ...)
  if not ok then
    error(..., 0)
  end
  return ...
end

local makers = {}

-- Ten texts and four numbers of each event.
function makers.scalars(v, i, last)
  local t, n = 10 * (i - 1), 10 * last + 4 * (i - 1)
  return {
    name = "MessageNew", mailbox = v[t + 1], uid = v[n + 1], uid_validity = v[n + 2], date = v[n + 3], tz = v[n + 4],
    from = v[t + 2], to = v[t + 3], subject = v[t + 4], snippet = v[t + 5], message_id = v[t + 6], from_address = v[t + 7],
    from_display_name = v[t + 8], to_address = v[t + 9], to_display_name = v[t + 10],
  }
end

-- The same where events have a flag and a keyword, which they share.
function makers.lists(v, i, last)
  local t, n = 10 * (i - 1), 10 * last + 4 * (i - 1)
  return {
    name = "MessageNew", mailbox = v[t + 1], uid = v[n + 1], uid_validity = v[n + 2], date = v[n + 3], tz = v[n + 4],
    from = v[t + 2], to = v[t + 3], subject = v[t + 4], snippet = v[t + 5], message_id = v[t + 6], from_address = v[t + 7],
    from_display_name = v[t + 8], to_address = v[t + 9], to_display_name = v[t + 10],
    flags = { "\\Flagged" }, keywords = { "$Todo" },
  }
end

-- Events that differ in their UID only.
function makers.flags(v, i)
  return {
    name = "FlagsSet", mailbox = "INBOX", uid = v[i], uid_validity = 1560930120, flags = { "\\Flagged" }, keywords = {},
  }
end

local handlers = {
  scalars = env.dovecot_lua_notify_event_message_new,
  lists = env.dovecot_lua_notify_event_message_new,
  flags = env.dovecot_lua_notify_event_flags_set,
}

local make, handle = makers[form], handlers[form]
local ctx

return function(begins, ends, events, ...)
  local v = { ... }
  sethook(hook, "", 10000000)
  if begins then
    ctx = well(xpcall(begin, traceback, { username = "bob" }))
  end
  for i = 1, events do
    local ok, message = xpcall(handle, traceback, ctx, make(v, i, events))
    if not ok then
      error(message, 0)
    end
  end
  if ends then
    well(xpcall(finish, traceback, ctx, true))
  end
  sethook()
end
