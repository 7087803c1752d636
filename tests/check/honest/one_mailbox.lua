-- Opens a mailbox at most once a transaction, and lets it go at the end.

local function open(ctx, name)
  local mailbox = ctx.open[name]
  if mailbox == nil then
    mailbox = ctx.user:mailbox(name)
    ctx.open[name] = mailbox
  end
  return mailbox
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, open = {}, lines = {} }
end

function dovecot_lua_notify_event_message_append(ctx, event)
  local mailbox = open(ctx, event.mailbox)
  local ok, status = pcall(mailbox.status, mailbox, dovecot.storage.STATUS_UNSEEN)
  if ok and status.unseen > 0 then
    ctx.lines[#ctx.lines + 1] = ("%s %d"):format(mailbox.vname, status.unseen)
  end
end

dovecot_lua_notify_event_message_new = dovecot_lua_notify_event_message_append

function dovecot_lua_notify_event_message_read(ctx, event)
  if event.uid == 1 or event.uid_validity < 2 then
    ctx.lines[#ctx.lines + 1] = event.mailbox .. " was read for the first time"
  end
end

function dovecot_lua_notify_end_txn(ctx)
  for _, mailbox in pairs(ctx.open) do
    mailbox:free()
  end
  for _, line in ipairs(ctx.lines) do
    dovecot.i_info(line)
  end
end
