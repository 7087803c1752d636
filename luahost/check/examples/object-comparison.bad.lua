function dovecot_lua_notify_begin_txn(user)
  return { user = user, boxes = { user:mailbox("INBOX") } }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.boxes, ctx.user:mailbox(event.mailbox))
end

function dovecot_lua_notify_end_txn(ctx)
  table.sort(ctx.boxes, function(a, b)
    return a < b
  end)
  for _, mailbox in ipairs(ctx.boxes) do
    dovecot.i_info("new mail in " .. mailbox.vname)
    mailbox:free()
  end
end
