-- Logs what is hard to get right in one line, in every transaction.

local function say()
  dovecot.i_info("plain")
  dovecot.i_warning("two\nlines")
  dovecot.i_error("three\r\nlines\n")
  dovecot.i_debug("no line")
  dovecot.i_info("")
  dovecot.i_info("\n")
  dovecot.i_info("ends\n\n")
  dovecot.i_info("a return\rinside")
  dovecot.i_info("NUL\0inside")
  dovecot.i_info("\xff\xfe \x01 \x1b[0m")
  dovecot.i_info(("x"):rep(5000))
  dovecot.i_info(("y"):rep(4060) .. "\n" .. ("z"):rep(4100))
  dovecot.i_info(("ä"):rep(3000))
  local event = dovecot.event()
  event:log_info("of an event")
  event:log_warning("of an event\nlines\r\nmore\n")
  event:log_error(("w"):rep(5000))
  event:append_log_prefix("prefix: "):log_info("prefixed")
  event:replace_log_prefix("replaced: "):log_info("lines\nof it")
  event:log_info(("v"):rep(5000))
  dovecot.event(event):append_log_prefix("inner: "):log_error("of the inner")
end

function script_init()
  return 0
end

function dovecot_lua_notify_begin_txn()
  say()
end

function dovecot_lua_notify_event_mailbox_create()
  error({})
end

function dovecot_lua_notify_event_message_new()
  error("boom\nof two lines")
end

function dovecot_lua_notify_event_message_append()
  local nothing
  nothing.at_all()
end

function dovecot_lua_notify_end_txn()
  error(("e"):rep(5000) .. " at last")
end
