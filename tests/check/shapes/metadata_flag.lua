-- Shape: a chat server that leaves a mark in METADATA, which another process watches.

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_event_message_new(user, event)
  local mbox = user:mailbox(event.mailbox)
  mbox:sync()
  if user.username == event.from_address then
    return
  end
  mbox:metadata_set("/private/messagenew", "")
  mbox:free()
end

function dovecot_lua_notify_end_txn(ctx, success)
end
