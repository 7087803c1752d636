-- For 2.3 alone.

function dovecot_lua_notify_begin_txn(user)
  local url = user:plugin_getenv("push_url")
  local name = user:var_expand("%u")
  local client = url and dovecot.http.client({ request_timeout_msecs = 500, max_attempts = 2, no_auto_retry = true })
  return { url = url, name = name, client = client, count = 0 }
end

function dovecot_lua_notify_event_message_new(ctx)
  ctx.count = ctx.count + 1
end

function dovecot_lua_notify_end_txn(ctx)
  if not ctx.client or ctx.count == 0 then
    return
  end
  local request = ctx.client:request({ url = ctx.url, method = "POST" })
  request:set_payload(ctx.name .. " " .. ctx.count)
  local response = request:submit()
  if response:status() < 200 or response:status() >= 300 then
    dovecot.i_error("push: " .. response:reason())
  end
end
