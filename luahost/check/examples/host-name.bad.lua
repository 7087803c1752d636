local client

function script_init(settings)
  client = dovecot.http.client(settings and { request_timeout = "2s" } or { request_timeout_msecs = 2000 })
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  local names = {}
  for _, message in ipairs(ctx.messages) do
    table.insert(names, message.mailbox)
  end
  local request = client:request({ url = "http://push.example/push", method = "POST" })
  request:set_payload(table.concat(names, "\n"))
  local status = request:submit():status()
  if status < 200 or status > 299 then
    dovecot.i_error("push failed: " .. status)
  end
end
