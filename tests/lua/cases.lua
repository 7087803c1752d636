-- cases: a push script that runs one case, `case.lua` beside it, in its MessageNew handler and
-- prints what came of it.
local show = require "show"
local case = require "case"

local function report(ok, ...)
  if ok then
    print(show(...))
  else
    print("error: " .. tostring((...)))
  end
end

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_event_message_new(user, event)
  report(pcall(case, user, event))
end

function dovecot_lua_notify_end_txn()
end
