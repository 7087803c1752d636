-- compare: whether two values are the same in luassert's sense, and lists of arguments, which may hold nil.
local next, pairs, rawequal, rawget, select, type = next, pairs, rawequal, rawget, select, type
local getmetatable, debug_setmetatable = debug.getmetatable, debug.setmetatable
local insert = table.insert

local compare = {}

-- Whatever stands in the way, and under each Lua version answers the table.
local function setmetatable(value, metatable)
  debug_setmetatable(value, metatable)
  return value
end

-- Lists of arguments or results: their count is `n`, and this their metatable.
local arglist = {}

function compare.arglist(...)
  return setmetatable({ n = select("#", ...), ... }, arglist)
end

function compare.is_arglist(value)
  return type(value) == "table" and getmetatable(value) == arglist
end

-- Whether two values are the same: tables if they have the same in them. If not, also the keys that lead to the
-- first difference, the innermost first. `top`: an __eq of theirs does not count.
local function same(one, other, top, met)
  if type(one) ~= "table" or type(other) ~= "table" then
    return one == other
  end
  local metatable = getmetatable(one)
  if metatable and metatable == getmetatable(other) and metatable.__eq then
    if not top then
      return one == other
    end
  elseif rawequal(one, other) then
    return true
  end
  met = met or {}
  if met[one] and met[one][other] then
    return true  -- they are being compared further up
  end
  met[one] = met[one] or {}
  met[one][other] = true
  for key, value in next, one do
    local theirs = other[key]
    if theirs == nil then
      return false, { key }
    end
    local ok, way = same(value, theirs, false, met)
    if not ok then
      way = way or {}
      insert(way, key)
      return false, way
    end
  end
  for key in next, other do
    if one[key] == nil then
      return false, { key }
    end
  end
  met[one][other] = nil
  return true
end

function compare.same(one, other, top)
  return same(one, other, top)
end

function compare.is_callable(value)
  return type(value) == "function" or type((getmetatable(value) or {}).__call) == "function"
end

function compare.has_text(value)
  return type(value) == "string" or type((getmetatable(value) or {}).__tostring) == "function"
end

-- A copy of the table itself, not of what is in it.
function compare.shallow(list)
  local copied = {}
  for key, value in next, list do
    copied[key] = value
  end
  return getmetatable(list) == arglist and setmetatable(copied, arglist) or copied
end

-- Whether a metatable may be put on a copy, or taken off and put back: not one that is protected, and not one with
-- __gc, which would count from then on and is not offered in the sandbox.
function compare.can_be_set(metatable)
  return rawget(metatable, "__metatable") == nil and rawget(metatable, "__gc") == nil
end

-- A copy of a value as it is now. Objects of Dovecot's, spies and matchers are what they are.
local function copy(value, copies)
  if type(value) ~= "table" then
    return value
  end
  local metatable = getmetatable(value)
  if copies[value] then
    return copies[value]
  elseif metatable and (metatable.__name or metatable.is_of_luassert or not compare.can_be_set(metatable)) then
    return value
  end
  local copied = {}
  copies[value] = copied
  for key, item in next, value do
    copied[key] = copy(item, copies)
  end
  return setmetatable(copied, metatable)
end

-- A call's arguments, or its results, as spies keep them: as they are now, and the very objects.
function compare.kept(list)
  local vals = {}
  for key, value in pairs(list) do
    vals[key] = copy(value, {})
  end
  return { vals = setmetatable(vals, arglist), refs = compare.shallow(list) }
end

return compare
