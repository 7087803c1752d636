function dovecot_lua_notify_begin_txn(user)
  return {}
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  for _, keyword in ipairs(event.keywords_set or event.keywords) do
    dovecot.i_info("now " .. keyword)
  end
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
