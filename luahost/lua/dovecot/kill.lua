-- dovecot.kill: for what crashes Dovecot; see luahost/api/kill.py. `words` say what the script did.
local host, _, import = ...

local error = error

local kill = {}

-- Tells of it where the script cannot be stopped any more.
function kill.tell(words)
  return host.tell(words)
end

-- Tells of it, and raises the Lua error that the script gets instead.
function kill.raise(words)
  local file, line = import("runtime.stack").place()
  error("luahost: " .. host.tell(words, file, line), 0)
end

return kill
