-- Shape: the documents' second example, with Dovecot's own client, as it is copied into gists.

local url = require "socket.url"

function table_get(t, k, d)
  return t[k] or d
end

function script_init()
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, event = dovecot.event(), ep = user:plugin_getenv("push_lua_url"), messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, { from = event.from, subject = event.subject, mailbox = event.mailbox })
end

function dovecot_lua_notify_end_txn(ctx)
  local client = dovecot.http.client({ debug = True, timeout = 10000 })
  for i, msg in ipairs(ctx.messages) do
    req_body = "mailbox=" .. url.escape(msg.mailbox) .. "&from=" .. url.escape(table_get(msg, "from", ""))
    local req = client:request({ url = ctx.ep, method = "POST" })
    req:add_header("content-type", "application/x-www-form-url.escaped")
    req:set_payload(req_body)
    local resp = req:submit()
    local e = dovecot.event(ctx.event)
    e:set_name("lua_notify_mail_finished")
    e:add_int("result_code", resp:status())
    e:log_info("Mail notify status " .. tostring(resp:status()))
  end
end
