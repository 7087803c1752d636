-- Written by luahost shim --install, which writes it anew. Everything else is in FOLDER, compiled for this Lua or,
-- where that does not load, as source, with what it was made with.
local FOLDER = "/etc/dovecot/luahost-shim"

local shim = loadfile(FOLDER .. "/" .. _VERSION:sub(5) .. ".luac", "b") or assert(loadfile(FOLDER .. "/source.lua"))
shim()
