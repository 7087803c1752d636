-- Calls a shim as Dovecot does, for a delivery: lua shim_caller.lua SHIM SUBJECT
local shim, subject = ...

dovecot = { storage = {} }
for _, level in ipairs({ "i_info", "i_warning", "i_error" }) do
  dovecot[level] = function(text) print(level .. ": " .. text) end
end

dofile(shim)
assert(script_init() == 0)
local txn = dovecot_lua_notify_begin_txn({ username = "bob", session_id = "S/1", uid = 1000.0 })
local event = { name = "MessageNew", mailbox = "INBOX", uid = 1.0, uid_validity = 7.0, subject = subject }
dovecot_lua_notify_event_message_new(txn, event)
dovecot_lua_notify_end_txn(txn, true)
