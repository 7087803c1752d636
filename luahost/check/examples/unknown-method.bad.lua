function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_notice("new mail in " .. event.mailbox)
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
