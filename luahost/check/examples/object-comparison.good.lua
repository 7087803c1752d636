function dovecot_lua_notify_begin_txn(user)
  return { user = user, other = user }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local same = ctx.user.username == ctx.other.username
  dovecot.i_info(event.mailbox .. (same and " again" or ""))
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
