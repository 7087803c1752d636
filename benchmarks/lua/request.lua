-- Posts a line for each new message, by LuaSocket's http, and asks that the connection be kept, which LuaSocket does not.
local http, ltn12 = require("socket.http"), require("ltn12")

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_event_message_new(user, event)
  local line = "subject=" .. event.subject
  local ok, status = http.request({
    url = user:plugin_getenv("push_url"),
    method = "POST",
    headers = { connection = "keep-alive", ["content-length"] = #line },
    source = ltn12.source.string(line),
  })
  assert(ok and status == 200, status)
end

function dovecot_lua_notify_end_txn(_, _) end
