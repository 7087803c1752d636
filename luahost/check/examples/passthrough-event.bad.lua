function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  local event = dovecot.event():passthrough_event()
  event:set_name("push_finished"):add_int("messages", #ctx.messages)
end
