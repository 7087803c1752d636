function dovecot_lua_notify_begin_txn(user)
  return {}
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  if event.flags & 8 ~= 0 then
    dovecot.i_info("read in " .. event.mailbox)
  end
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
