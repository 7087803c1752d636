-- Shape: retries in the mail process, so that no push is lost.

local client

function script_init(settings)
  if settings then
    client = dovecot.http.client({ request_timeout = "20s", request_max_attempts = 5, auto_retry = true })
  else
    client = dovecot.http.client({ request_timeout_msecs = 20000, max_attempts = 5, event_parent = dovecot.event() })
  end
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, seen = {} }
end

function dovecot_lua_notify_event_message_read(ctx, event)
  ctx.seen[#ctx.seen + 1] = event.user.username .. "/" .. event.uid
end

function dovecot_lua_notify_end_txn(ctx)
  local request = client:request({ url = "http://127.0.0.1/push" })
  for _, name in ipairs(ctx.seen) do
    request:set_payload(name)
    request:submit()
  end
  dovecot.event():passthrough_event():set_name("done"):add_int("count", #ctx.seen)
end
