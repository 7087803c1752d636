-- userdata: makes full userdata that hold nothing, for the hidden pointers in Dovecot's objects.
--
-- Lua 5.1 and LuaJIT have newproxy; from 5.3 on string.gmatch keeps its state in one. Lua 5.2, which
-- Dovecot cannot be built with, has neither: there a table stands in.

local newproxy, getupvalue, gmatch = newproxy, debug.getupvalue, string.gmatch
local setmetatable, type = debug.setmetatable, type

local closed = { __metatable = false }

return function()
  local item
  if newproxy then
    item = newproxy()
  else
    local _, value = getupvalue(gmatch("", ""), 3)
    item = value
  end
  if type(item) ~= "userdata" then
    item = {}
  end
  setmetatable(item, closed)
  return item
end
