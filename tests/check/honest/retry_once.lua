-- A second request if the first failed, and a circuit that stays open for a minute after that.

local client
local closed_until = 0

function script_init(settings)
  local options = settings and { request_timeout = "1s" } or { request_timeout_msecs = 1000 }
  client = dovecot.http.client(options)
  return 0
end

local function post(payload)
  local request = client:request({ url = "http://127.0.0.1:8080/push", method = "POST" })
  request:set_payload(payload)
  return request:submit()
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, uids = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.uids[#ctx.uids + 1] = string.format("%d", event.uid)
end

function dovecot_lua_notify_end_txn(ctx, success)
  if os.time() < closed_until or not success then
    return
  end
  local payload = ctx.user.username .. "\n" .. table.concat(ctx.uids, "\n")
  local response = post(payload)
  if response:status() >= 500 then
    response = post(payload)
  end
  if response:status() >= 500 then
    closed_until = os.time() + 60
    dovecot.i_error("push: " .. response:status() .. ", no more for a minute")
  end
end
