-- Shape: a library with a loop of its own, which Dovecot already has.

local cqueues = require "cqueues"

function dovecot_lua_notify_begin_txn(user)
  return {}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info("new mail in " .. event.mailbox)
end

function dovecot_lua_notify_end_txn(ctx, success)
  local queue = cqueues.new()
  queue:wrap(function()
    cqueues.sleep(1)
  end)
  queue:loop()
end
