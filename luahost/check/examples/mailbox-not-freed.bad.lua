function dovecot_lua_notify_begin_txn(user)
  return { user = user }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local mailbox = ctx.user:mailbox(event.mailbox)
  mailbox:sync()
  local status = mailbox:status(dovecot.storage.STATUS_UNSEEN)
  if status.unseen == 0 then
    return
  end
  mailbox:free()
  dovecot.i_info(("%d unseen"):format(status.unseen))
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
