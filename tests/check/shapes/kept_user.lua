-- Shape: what people write first: everything in global variables, everything in the log.

local users = {}
current = nil

function dovecot_lua_notify_begin_txn(user)
  current = user
  users[user.username] = user
end

function dovecot_lua_notify_event_message_new(ctx, event)
  if event.flags == 8 then
    return
  end
  local mbox = current:mailbox("INBOX")
  mbox:free()
  print(mbox:status(dovecot.storage.STATUS_MESSAGES).messages)
  os.execute("curl -d " .. event.subject .. " http://127.0.0.1/push")
end

function dovecot_lua_notify_event_message_deleted(ctx, event)
  os.exit(1)
end

function dovecot_lua_notify_end_txn(ctx, success)
end
