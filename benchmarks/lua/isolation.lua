-- What the processes that scripts may have for themselves are measured with: nothing, and a pattern that no hook stops.

function dovecot_lua_notify_begin_txn(_)
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx[#ctx + 1] = event.subject
end

function dovecot_lua_notify_end_txn(_) end

function pattern() -- luacheck: ignore
  return (("a"):rep(60)):find(("a-"):rep(30) .. "b")
end

function nothing() end -- luacheck: ignore
