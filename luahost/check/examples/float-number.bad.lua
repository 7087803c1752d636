function dovecot_lua_notify_begin_txn(user)
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info("new mail " .. event.uid)
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
