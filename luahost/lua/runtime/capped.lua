-- capped: functions of Lua's library with which a script could keep the host busy in C, fill its memory at one
-- stroke, or crash it. Here they refuse what no honest script asks for, and what they refuse is a Lua error.
--
-- They take the place of Lua's own, for scripts and for luahost's own chunks.
local _, check = ...

local error, pairs, rawget, select, type = error, pairs, rawget, select, type
local real_pcall, real_rep, real_setmetatable = pcall, string.rep, setmetatable
local concat, insert, move, remove, sort = table.concat, table.insert, table.move, table.remove, table.sort
local unpack, real_metatable = table.unpack or unpack, debug.getmetatable
local max = math.max
local old = setfenv ~= nil  -- 5.1 and LuaJIT
local math_type = math.type
local says_type = _VERSION >= "Lua 5.4"
local lists_only = not math_type or _VERSION == "Lua 5.5"  -- others unpack whatever has elements

-- Up to 5.4.4, which Debian has, table.remove blames its first argument for the second.
local blamed = _VERSION == "Lua 5.5" and 2 or 1

-- The longest text that string.rep makes, in bytes.
local LONGEST_TEXT = 4 * 1024 * 1024

-- The most elements that one call touches.
local MOST_ELEMENTS = 1000000

-- C keeps indices in an int here and there.
local LARGEST_INDEX = 2 ^ 31 - 1

local capped = { basic = {}, string = {}, table = {} }

-- From 5.2 on table.* believe __len, and walk as far as it says.
local function refuse_length(name, list)
  local metatable = not old and real_metatable(list)
  if metatable and rawget(metatable, "__len") ~= nil then
    error("luahost: table." .. name .. " does not take a table with __len", 3)
  end
end

local function refuse_range(name, first, last)
  if first > last and math_type then
    return
  end
  -- As floats: integers would wrap around.
  local low, high = first + 0.0, last + 0.0
  if max(low, high) > LARGEST_INDEX or -max(-low, -high) < -LARGEST_INDEX or high - low >= MOST_ELEMENTS then
    error("luahost: " .. name .. " takes no more than 1000000 elements, at indices below 2^31", 3)
  end
end

-- An error of Lua's own would name our line; it is to name the script's.
local function settled(ok, ...)
  if ok then
    return ...
  end
  error(..., ... == "not enough memory" and 0 or 3)
end

-- Whether the list may ask a metamethod for an element, which may raise or yield, and keeps its traceback.
local function has_own_elements(list)
  local metatable = real_metatable(list)
  return metatable and rawget(metatable, "__index") ~= nil
end

local function given(...)
  return ...
end

function capped.basic.setmetatable(...)
  local object, metatable = ...
  check.table(1, object)
  if type(metatable) ~= "table" and (metatable ~= nil or select("#", ...) < 2) then
    check.fail(2, "nil or table expected" .. (says_type and ", got " .. type(metatable) or ""))
  end
  local present = real_metatable(object)
  if present and rawget(present, "__metatable") ~= nil then
    error("cannot change a protected metatable", 2)
  elseif metatable and rawget(metatable, "__gc") ~= nil then
    error("luahost: __gc is not offered to scripts, for nothing could stop what it does", 2)
  end
  return real_setmetatable(object, metatable)
end

function capped.string.rep(text, count, separator)
  text, count = check.string(1, text), check.integer(2, count)
  separator = not old and check.opt_string(3, separator, "") or ""
  if #text + #separator == 0 then
    return ""
  end
  -- As floats: integers would wrap around.
  if #text * (count + 0.0) + #separator * max(count - 1.0, 0) > LONGEST_TEXT then
    error("resulting string too large; luahost makes none of more than 4 MiB", 2)
  end
  return real_rep(text, count, separator)
end

function capped.table.concat(list, separator, first, last)
  check.table(1, list)
  refuse_length("concat", list)
  separator = check.opt_string(2, separator, "")
  first = first == nil and 1 or check.integer(3, first)
  last = last == nil and #list or check.integer(4, last)
  refuse_range("table.concat", first, last)
  if has_own_elements(list) then
    return concat(list, separator, first, last)
  end
  return given(settled(real_pcall(concat, list, separator, first, last)))
end

function capped.table.insert(list, ...)
  check.table(1, list)
  refuse_length("insert", list)
  local n = select("#", ...)
  if n == 1 then
    return insert(list, (...))
  elseif n ~= 2 then
    error("wrong number of arguments to 'insert'", 2)
  end
  local position, value = ...
  position = check.integer(2, position)
  if position < 1 or position > #list + 1 then
    check.fail(2, "position out of bounds")
  end
  return insert(list, position, value)
end

function capped.table.remove(list, position)
  check.table(1, list)
  refuse_length("remove", list)
  if position == nil then
    return remove(list)
  end
  position = check.integer(2, position)
  local size = #list
  if not old and position ~= size and (position < 1 or position > size + 1) then
    check.fail(blamed, "position out of bounds")
  end
  return remove(list, position)
end

function capped.table.sort(list, comparator)
  check.table(1, list)
  refuse_length("sort", list)
  if comparator ~= nil and (not math_type or #list > 1) then
    check.type(2, comparator, "function")
  end
  return sort(list, comparator)
end

if move then
  function capped.table.move(from, first, last, to, into)
    first, last, to = check.integer(2, first), check.integer(3, last), check.integer(4, to)
    check.table(1, from)
    if into ~= nil then
      check.table(5, into)
    end
    refuse_range("table.move", first, last)
    if first <= last then
      refuse_range("table.move", to, to + max((last + 0.0) - first, 0))
    end
    return move(from, first, last, to, into or from)
  end
end

local function capped_unpack(list, first, last)
  if type(list) ~= "table" and type(list) ~= "string" and not lists_only then
    return unpack(list, first == nil and 1 or check.integer(2, first), last ~= nil and check.integer(3, last) or nil)
  elseif type(list) ~= "string" or lists_only then
    check.table(1, list)
  end
  refuse_length("unpack", list)
  first = first == nil and 1 or check.integer(2, first)
  last = last == nil and #list or check.integer(3, last)
  refuse_range("unpack", first, last)
  if has_own_elements(list) then
    return unpack(list, first, last)
  end
  return given(settled(real_pcall(unpack, list, first, last)))
end

-- Puts them in the place of Lua's in these globals.
function capped.install(globals)
  check.name(capped.basic)
  check.name(capped.string)
  check.name(capped.table)
  check.name({ unpack = capped_unpack })
  globals.setmetatable = capped.basic.setmetatable
  globals.string.rep = capped.string.rep
  for name, f in pairs(capped.table) do
    globals.table[name] = f
  end
  local owner = globals.table.unpack and globals.table or globals
  owner.unpack = capped_unpack
end

return capped
