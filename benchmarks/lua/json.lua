-- A script that works: it makes JSON of what it hears, in Lua.
local json = require("json")

function dovecot_lua_notify_begin_txn(user)
  return { user = user.username, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local subject = event.subject:gsub("%s+", " "):sub(1, 80)
  table.insert(ctx.messages, { uid = event.uid, subject = subject, mailbox = event.mailbox })
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_info(json.encode(ctx))
end
