-- Shape: the first example in the documents of 2.4.

local url = require "socket.url"

function script_init()
  client = dovecot.http.client({ debug = True, timeout = 10000 })
end

function dovecot_lua_notify_begin_txn(user)
  return { messages = {}, ep = user:plugin_getenv("push_lua_url"), username = user.username }
end

function dovecot_lua_notify_end_txn(ctx, success)
  for i, msg in ipairs(ctx.messages) do
    local request = client:request({ url = ctx.ep, method = "POST" })
    request:set_payload("from=" .. url.escape(msg.from) .. "&user=" .. url.escape(ctx.username))
    local response = request:submit()
    if response:status() / 100 ~= 2 then
      dovecot.i_error("lua-push: " .. response:status() .. " " .. response:reason())
    end
  end
end

function dovecot_lua_notify_event_message_append(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end
