-- dovecot.kept: users and mailboxes that a script still holds when its session ends. Dovecot counts
-- them then, and dies of an assertion if there are any.

local _, _, import, each_session = ...

local collectgarbage, next, rawequal = collectgarbage, next, rawequal
local rawget, setmetatable, type = rawget, setmetatable, type
local collect_young = import("runtime").collect_young

-- What an item belongs to. Items that nothing but this table knows are gone after a collection.
local alive

each_session(function()
  alive = setmetatable({}, { __mode = "k" })
end)

local kept = {}

function kept.watch(item, what)
  alive[item] = what
end

function kept.release(item)
  alive[item] = nil
end

-- The global variable that holds the object with this item, itself or in a table; nil if none does.
local function global_of(item, globals)
  local function is_it(value)
    return type(value) == "table" and rawget(value, "item") == item
  end
  for name, value in next, globals do  -- not pairs, which a script could have a say in
    if type(name) == "string" and type(value) == "table" and not rawequal(value, globals) then
      if is_it(value) then
        return name
      end
      for _, inner in next, value do
        if is_it(inner) then
          return name
        end
      end
    end
  end
end

-- What is kept and by which global, in words; nil if nothing is.
function kept.words(globals)
  if next(alive) == nil then
    return nil
  end
  -- That costs a tenth of a full collection, and finds most of what nobody holds. Whether something is held, only the
  -- full one tells.
  collect_young()
  if next(alive) ~= nil then
    collectgarbage("collect")
  end
  local item, what = next(alive)
  if item == nil then
    return nil
  end
  local name = global_of(item, globals)
  local holder = name and "the global " .. name or "an upvalue or a table"
  return what .. " is still held by " .. holder .. " when the session ends"
end

return kept
