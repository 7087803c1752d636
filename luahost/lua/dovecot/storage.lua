-- dovecot.storage: the constants of luahost/api/storage.py.
local host, _, import = ...

return import("runtime.flat")(host.constants())
