function dovecot_lua_notify_begin_txn(user)
  return {}
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  for _, flag in ipairs(event.flags) do
    if flag == "\\Seen" then
      dovecot.i_info("read in " .. event.mailbox)
    end
  end
end

function dovecot_lua_notify_end_txn(ctx)
  dovecot.i_debug("done")
end
