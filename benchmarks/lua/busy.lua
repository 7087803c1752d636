-- Works about a millisecond for each message, in Lua alone: what one worker does, two can do twice.

function dovecot_lua_notify_begin_txn(_)
  return { letters = 0 }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  for round = 1, 400 do
    for word in event.snippet:gmatch("%a+") do
      ctx.letters = ctx.letters + #word * round % 7
    end
  end
end

function dovecot_lua_notify_end_txn(_, _) end
