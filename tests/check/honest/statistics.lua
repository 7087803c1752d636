-- No requests: named events for the statistics, and counts from the mailbox.

local levels = { MessageNew = "info", MessageExpunge = "debug" }

function script_init()
  dovecot.restrict_global_variables(true)
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  local event = dovecot.event():append_log_prefix("stats: ")
  return { event = event, user = user, seen = {}, first = true }
end

local function counted(ctx, name)
  local mailbox = ctx.user:mailbox(name, dovecot.storage.MAILBOX_FLAG_READONLY)
  local ok, status = pcall(function()
    mailbox:open()
    return mailbox:status(dovecot.storage.STATUS_MESSAGES, dovecot.storage.STATUS_KEYWORDS)
  end)
  mailbox:free()
  if not ok then
    return nil, status
  end
  return status
end

local function tell(ctx, event)
  local child = dovecot.event(ctx.event)
  child:set_name("push_" .. event.name:lower())
  child:add_str("mailbox", event.mailbox)
  if event.uid then
    child:add_int("uid", event.uid)
  end
  local level = levels[event.name] or "debug"
  child["log_" .. level](child, event.name .. " in " .. event.mailbox)
  ctx.seen[event.mailbox] = true
end

dovecot_lua_notify_event_message_new = tell
dovecot_lua_notify_event_message_expunge = tell
dovecot_lua_notify_event_mailbox_delete = tell

function dovecot_lua_notify_end_txn(ctx, success)
  for name in pairs(ctx.seen) do
    local status, reason = counted(ctx, name)
    if status then
      local event = ctx.event:passthrough_event()
      event:add_int("messages", status.messages):add_int("keywords", #status.keywords)
      event:set_name("push_counts"):log_debug(name .. (success and "" or " (rolled back)"))
    else
      dovecot.i_debug(name .. ": " .. tostring(reason))
    end
  end
end
