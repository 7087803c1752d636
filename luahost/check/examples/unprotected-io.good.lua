function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    local ok, reason = pcall(function()
      local mailbox = ctx.user:mailbox(message.mailbox)
      local status = mailbox:status(dovecot.storage.STATUS_UNSEEN)
      mailbox:free()
      dovecot.i_info(("%d unseen"):format(status.unseen))
    end)
    if not ok then
      dovecot.i_error("push: " .. tostring(reason))
    end
  end
end
