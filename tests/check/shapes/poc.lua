-- Shape: what shows that the plugin works at all.

function dovecot_lua_notify_begin_txn(user)
  dovecot.i_info("begin for " .. user.username)
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info("new message in " .. event.mailbox)
end

function dovecot_lua_notify_end_txn(ctx, success)
  dovecot.i_info("end " .. tostring(success))
end
