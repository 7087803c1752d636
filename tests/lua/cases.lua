-- cases: a push script that runs one case, the text of the setting `case`, in its MessageNew handler
-- and prints what came of it.
--
-- luacheck: globals dovecot_lua_notify_begin_txn dovecot_lua_notify_event_message_new
-- luacheck: globals dovecot_lua_notify_end_txn
local show = require "show"

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
  local text = "local user, event = ... " .. user:plugin_getenv("case")
  report(pcall(assert((loadstring or load)(text, "@case.lua")), user, event))
end

function dovecot_lua_notify_end_txn()
end
