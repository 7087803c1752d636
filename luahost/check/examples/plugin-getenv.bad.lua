function dovecot_lua_notify_begin_txn(user)
  return { name = user:plugin_getenv("push_name"), messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_info((ctx.name or "push") .. ": " .. #ctx.messages)
end
