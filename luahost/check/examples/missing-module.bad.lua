local json = require("json")

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_info(json.encode({ count = #ctx.messages }))
end
