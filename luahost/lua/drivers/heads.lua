-- drivers.heads: what events that cross into Lua have in common, by numbers that luahost/drivers/crossing.py gives.
local host, _, import = ...

local next, select, setmetatable, type = next, select, setmetatable, type
local record = import("runtime.record")

-- They last as long as the engine, as luahost's chunks do; a script decides neither what they are nor how many.
local MOST_HEADS, MOST_BYTES = 200, 65536
local known, bytes = 0, 0

-- A head: `handler`; `make`, which makes an event's table; how many texts and numbers of its own an event has; and `form`: the
-- texts of all events of one form stand together, and so do their numbers.
local heads = {}

local function new_head(number, form, handler, shape, ...)
  local make, texts, numbers = record(shape)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    bytes = bytes + (type(value) == "string" and #value or 0)
  end
  if known >= MOST_HEADS or bytes > MOST_BYTES then
    for old in next, heads do
      heads[old] = nil
    end
    known, bytes = 0, 0
  end
  local head = { form = form, handler = handler, make = make, texts = texts, numbers = numbers, shared = { ... } }
  known, heads[number] = known + 1, head
  return head
end

-- Python is asked for each once.
return setmetatable(heads, {
  __index = function(_, number)
    return new_head(number, host.head(number))
  end,
})
