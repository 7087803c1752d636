local client

function script_init(settings)
  client = dovecot.http.client(settings and { request_timeout = "2s", auto_retry = "no" } or { request_timeout_msecs = 2000 })
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    local request = client:request({ url = "http://127.0.0.1:8080/push", method = "POST" })
    request:add_header("Content-Type", "text/plain")
    request:set_payload(message.mailbox)
    local status = request:submit():status()
    if status < 200 or status > 299 then
      dovecot.i_error("push failed: " .. status)
    end
  end
end
