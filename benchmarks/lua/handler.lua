-- The push script of the measurements: what every host that is compared runs. It keeps a little of each event.

function dovecot_lua_notify_begin_txn(_)
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx[#ctx + 1] = {
    uid = event.uid,
    mailbox = event.mailbox,
    subject = event.subject,
    from = event.from_address,
    snippet = event.snippet,
  }
end

-- What COPY and APPEND make.
dovecot_lua_notify_event_message_append = dovecot_lua_notify_event_message_new

function dovecot_lua_notify_event_flags_clear(ctx, event)
  ctx[#ctx + 1] = event.uid
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  ctx[#ctx + 1] = event.uid
end

function dovecot_lua_notify_end_txn(_, _) end
