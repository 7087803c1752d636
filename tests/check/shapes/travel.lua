-- Shape: an application that has cjson, a shared secret in a header, and modules that it does not need.

local url = require "socket.url"
local json = require "cjson"

function dovecot_lua_notify_begin_txn(user)
  return { ep = user:plugin_getenv("push_url"), secret = user:plugin_getenv("push_secret"), user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local mbox = ctx.user:mailbox(event.mailbox)
  local status = mbox:status(dovecot.storage.STATUS_RECENT)
  mbox:free()
  table.insert(ctx.messages, { from = event.from, id = tostring(event.uid), recent = status.recent })
end

function dovecot_lua_notify_event_message_append(ctx, event)
  dovecot_lua_notify_event_message_new(ctx, event)
end

function dovecot_lua_notify_end_txn(ctx, success)
  client = dovecot.http.client({ debug = True, timeout = 10000 })
  for _, msg in ipairs(ctx.messages) do
    req_body = json.encode(msg)
    local request = client:request({ url = ctx.ep, method = "POST" })
    request:add_header("content-type", "application/json")
    request:add_header("x-secret", ctx.secret)
    request:set_payload(req_body)
    local response = request:submit()
    local event = dovecot.event()
    event:set_name("push_finished")
    event:add_int("result_code", response:status())
    event:log_info("push " .. tostring(response:status()))
  end
end
