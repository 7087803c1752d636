-- dovecot.storage: a table of the constants of luahost/api/storage.py.
local host, _, import = ...

local flat = import("runtime.flat")

return function()
  return flat(host.constants())
end
