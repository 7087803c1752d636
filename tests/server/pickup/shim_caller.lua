-- Calls a shim as Dovecot does, for a delivery: lua shim_caller.lua SHIM SUBJECT [METHOD TIME]
-- With METHOD it is then TIME, and before a file's first method of that name all stands still until a line is read.
local shim, subject, method, time = ...

if method then
  os.time = function() return math.tointeger(time) end
  local methods = getmetatable(io.stdout).__index
  local call = methods[method]
  methods[method] = function(...)
    methods[method] = call
    print("stands still")
    io.stdout:flush()
    io.read()
    return call(...)
  end
end

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
