-- dovecot.storage: the constants of luahost/api/storage.py.
local host = ...

local select = select

local function table_of(...)
  local found = {}
  for i = 1, select("#", ...), 2 do
    found[select(i, ...)] = select(i + 1, ...)
  end
  return found
end

return table_of(host.constants())
