-- A push script that hears of everything, and does what messages ask for in their subject.

local commands = {}

function commands.fail()
  error("no such luck")
end

function commands.open(user)
  user:mailbox("INBOX"):open()
end

function commands.status(user)
  local mailbox = user:mailbox("INBOX")
  mailbox:status(dovecot.storage.STATUS_MESSAGES)
  mailbox:free()
end

function commands.print()
  print("hello", 1)
end

function commands.event()
  dovecot.event():set_name("push_sent"):add_int("messages", 1):log_info("sent")
end

function commands.keep(user)
  kept = user
end

function commands.unset(user)
  user:metadata_unset("/private/vendor/seen")
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user }
end

local function heard(ctx, event)
  dovecot.i_info("heard " .. event.name)
  local command = commands[event.subject]
  if command then
    command(ctx.user)
  end
end

for _, name in ipairs({
  "flags_clear", "flags_set", "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe",
  "mailbox_unsubscribe", "message_append", "message_expunge", "message_new", "message_read", "message_trash",
}) do
  _G["dovecot_lua_notify_event_" .. name] = heard
end

function dovecot_lua_notify_end_txn()
end
