local token

function script_init(settings)
  token = settings and settings.push_token
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  if token then
    dovecot.i_info("sending " .. #ctx.messages)
  end
end
