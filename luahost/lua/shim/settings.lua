-- Hands each push transaction to luahost serve: one request at its end, which never takes longer than CAP_MS.
--
-- What the server has not taken by then is written into SPOOL_DIR, from where the server takes it later. It needs Lua
-- 5.1 or later, and never raises: what goes wrong is logged. Dovecot loads it for each session, in LMTP for each
-- delivery, so it is short, and what is seldom needed is compiled only then.

local URL = "http://127.0.0.1:8025/v1/transactions"
local CAP_MS = 300
local SPOOL_DIR = nil
local TOKEN_FILE = nil
local DIALECT = "2.3"
local EVENTS = {
  "flags_clear", "flags_set", "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe",
  "mailbox_unsubscribe", "message_append", "message_expunge", "message_new", "message_read", "message_trash",
}

return URL, CAP_MS, SPOOL_DIR, TOKEN_FILE, DIALECT, EVENTS
