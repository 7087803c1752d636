-- Shape: the second example in the documents of 2.4.

local url = require "socket.url"

function script_init()
  client = dovecot.http.client({ debug = True, timeout = 10000 })
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, event = dovecot.event(), ep = user:plugin_getenv("push_lua_url"), states = {}, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local mbox = ctx.user:mailbox(event.mailbox)
  mbox:sync()
  local status = mbox:status(dovecot.storage.STATUS_RECENT, dovecot.storage.STATUS_UNSEEN, dovecot.storage.STATUS_MESSAGES)
  mbox:free()
  ctx.states[event.mailbox] = status
end

function dovecot_lua_notify_event_message_append(ctx, event, user)
  dovecot_lua_notify_event_message_new(ctx, event, user)
end

function dovecot_lua_notify_end_txn(ctx)
  for box, state in pairs(ctx.states) do
    local e = dovecot.event()
    e:set_name("lua_notify_mailbox_finished")
    reqbody = "mailbox=" .. url.escape(state.mailbox) .. "&recent=" .. tostring(state.recent)
    e:log_debug(ctx.ep .. " - sending " .. reqbody)
    local request = client:request({ url = ctx.ep, method = "POST" })
    request:add_header("content-type", "application/x-www-form-url.escaped")
    request:set_payload(reqbody)
    local response = request:submit()
    e:add_int("result_code", response:status())
    e:log_info("Mailbox notify status " .. response:status())
  end
end
