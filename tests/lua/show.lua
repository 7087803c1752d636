-- show: Lua values as text that a test can compare, the same on every Lua version.
--
-- Strings are quoted, with every byte outside of printable ASCII as \xHH; tables have their keys in
-- order; an object with a metatable is its __name.

local show

local function key_text(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then
    return key
  end
  return "[" .. show(key) .. "]"
end

local function table_text(value)
  local metatable = getmetatable(value)
  if type(metatable) == "table" and metatable.__name then
    return "<" .. metatable.__name .. ">"
  end
  local parts, length = {}, #value
  for i = 1, length do
    parts[i] = show(value[i])
  end
  local named = {}
  for key, item in pairs(value) do
    if type(key) ~= "number" or key < 1 or key > length then
      named[#named + 1] = key_text(key) .. "=" .. show(item)
    end
  end
  table.sort(named)
  for _, text in ipairs(named) do
    parts[#parts + 1] = text
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function one(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\\127-\255]', function(byte)
      return ("\\x%02x"):format(byte:byte())
    end) .. '"'
  elseif type(value) == "table" then
    return table_text(value)
  elseif type(value) == "function" then
    return "<function>"
  end
  return tostring(value)
end

function show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = one((select(i, ...)))
  end
  return table.concat(texts, ", ")
end

return show
