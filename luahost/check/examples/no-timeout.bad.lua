local http = require("socket.http")

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    local answer, code = http.request("http://127.0.0.1:8080/push", message.mailbox)
    if not answer then
      dovecot.i_error("push failed: " .. code)
    end
  end
end
