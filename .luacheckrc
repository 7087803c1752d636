-- luahost's own Lua runs on every Lua version; scripts have Dovecot's globals and define handlers.
std = "max"
max_line_length = 130
self = false

local of_scripts = {
  globals = {
    "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn", "script_init", "script_deinit",
    "dovecot_lua_notify_event_flags_clear", "dovecot_lua_notify_event_flags_set",
    "dovecot_lua_notify_event_mailbox_create", "dovecot_lua_notify_event_mailbox_delete",
    "dovecot_lua_notify_event_mailbox_rename", "dovecot_lua_notify_event_mailbox_subscribe",
    "dovecot_lua_notify_event_mailbox_unsubscribe", "dovecot_lua_notify_event_message_append",
    "dovecot_lua_notify_event_message_expunge", "dovecot_lua_notify_event_message_new",
    "dovecot_lua_notify_event_message_read", "dovecot_lua_notify_event_message_trash",
  },
  read_globals = { "dovecot" },
}

files["scripts"] = of_scripts
files["luahost/testing/layout"] = of_scripts
files["luahost/lua/record"] = of_scripts
files["luahost/lua/shim"] = of_scripts
files["benchmarks/lua"] = of_scripts

-- The two scripts of the 2019 document stand word for word, with what luacheck finds in them:
-- implicit globals, unused arguments, variables and loop variables, long lines, trailing blanks.
for _, name in ipairs { "simple", "events" } do
  files["scripts/notify_" .. name .. ".lua"] = { ignore = { "111", "113", "211", "212", "213", "231", "611", "612", "631" } }
end

-- Specs have busted's words and luahost's three objects, and some use a function of their script.
local function of_specs(...)
  return { std = "+busted", globals = { "endpoint" }, read_globals = { "push", "clock", ... } }
end
files["scripts/*_spec.lua"] = of_specs()
files["scripts/notify_simple_spec.lua"] = of_specs("table_get")
