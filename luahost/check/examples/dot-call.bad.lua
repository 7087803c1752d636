function dovecot_lua_notify_begin_txn(user)
  return { user = user }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local mailbox = ctx.user.mailbox(event.mailbox)
  mailbox:sync()
  dovecot.i_info(mailbox.vname)
  mailbox:free()
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
