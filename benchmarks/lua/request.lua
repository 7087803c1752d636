-- Posts a line for each new message, by LuaSocket's http.
local http = require("socket.http")

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_event_message_new(user, event)
  local body, status = http.request(user:plugin_getenv("push_url"), "subject=" .. event.subject)
  assert(body and status == 200, status)
end

function dovecot_lua_notify_end_txn(_, _) end
