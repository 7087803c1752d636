local messages = {}
local count = 0

function dovecot_lua_notify_begin_txn(user)
  messages = {}
  count = 0
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  count = count + 1
  messages[count] = event.mailbox
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_info(table.concat(messages, ", "))
end
