-- What was read and starred, from the names in flags.

local FLAGS = { ["\\Seen"] = "read", ["\\Flagged"] = "starred" }

function dovecot_lua_notify_begin_txn(user)
  return { user = user.username, lines = {} }
end

local function words(flags)
  local found = {}
  for _, flag in ipairs(flags) do
    if FLAGS[flag] then
      table.insert(found, FLAGS[flag])
    end
  end
  return found
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  local found = words(event.flags)
  if #found > 0 then
    table.insert(ctx.lines, ("%s %d is now %s"):format(event.mailbox, event.uid, table.concat(found, ", ")))
  end
end

function dovecot_lua_notify_event_flags_clear(ctx, event)
  local gone = words(event.flags)
  local before = #event.flags_old
  if #gone > 0 and before > 0 then
    table.insert(ctx.lines, ("%s %d is no longer %s"):format(event.mailbox, event.uid, table.concat(gone, ", ")))
  end
end

function dovecot_lua_notify_end_txn(ctx, success)
  for _, line in ipairs(ctx.lines) do
    dovecot.i_info(ctx.user .. ": " .. line .. (success and "" or "?"))
  end
end
