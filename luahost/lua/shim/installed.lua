-- The rest is in FOLDER, compiled for this Lua or, where that does not load, as source. What it sends begins with
-- {"luahost_transaction":1.
local URL, CAP_MS, SPOOL_DIR, TOKEN_FILE, DIALECT, EVENTS = ...

local FOLDER = "/etc/dovecot/luahost-shim"

local rest = loadfile(FOLDER .. "/" .. _VERSION:sub(5) .. ".luac", "b") or assert(loadfile(FOLDER .. "/source.lua"))
rest(URL, CAP_MS, SPOOL_DIR, TOKEN_FILE, DIALECT, EVENTS)
