-- A wake-up: which mailbox changed, nothing of the message. One request a transaction, a second at most.

local client, url

function script_init(settings)
  settings = settings or {}
  url = settings.push_url
  if url then
    client = dovecot.http.client({ request_timeout = "1s", request_max_attempts = 1, auto_retry = "no" })
  end
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { username = user.username, mailboxes = {} }
end

local function remember(ctx, event)
  ctx.mailboxes[event.mailbox] = math.tointeger(event.uid)
end

dovecot_lua_notify_event_message_new = remember
dovecot_lua_notify_event_message_append = remember
dovecot_lua_notify_event_message_expunge = remember

function dovecot_lua_notify_end_txn(ctx, success)
  if not success or not client or next(ctx.mailboxes) == nil then
    return
  end
  local lines = {}
  for mailbox, uid in pairs(ctx.mailboxes) do
    lines[#lines + 1] = ("%s\t%s\t%d"):format(ctx.username, mailbox, uid)
  end
  table.sort(lines)
  local request = client:request({ url = url, method = "POST" })
  request:add_header("Content-Type", "text/plain; charset=utf-8")
  request:set_payload(table.concat(lines, "\n"))
  local response = request:submit()
  if response:status() // 100 ~= 2 then
    dovecot.i_warning("push: " .. response:status() .. " " .. response:reason())
  end
end
