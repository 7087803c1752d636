-- A mark in METADATA for a process that watches it.

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_event_message_new(user, event)
  if event.from_address == user.username then
    return
  end
  local mailbox = user:mailbox(event.mailbox)
  mailbox:sync()
  mailbox:metadata_set("/private/messagenew", "1")
  mailbox:free()
end

function dovecot_lua_notify_end_txn()
end
