local http = require("socket.http")

http.TIMEOUT = 2

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  local status = dovecot.event():set_name("push_finished")
  local _, code = http.request("http://127.0.0.1:8080/push", #ctx.messages .. " new")
  if type(code) == "number" then
    status:add_int("status_code", code)
  end
  status:log_info("push finished")
end
