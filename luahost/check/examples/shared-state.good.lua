function dovecot_lua_notify_begin_txn(user)
  return { messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event.mailbox)
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_info(table.concat(ctx.messages, ", "))
end
