-- Values as text: the same text for the same value on every Lua version.
--
-- Integers and integral floats look alike, functions and userdata show their type only, and
-- the place in front of an error message goes, because the real thing lives in other files.

local canonical = {}

local function quoted(text)
  return '"' .. string.gsub(text, '[^%w%p ]', function(char)
    return string.format("\\x%02x", string.byte(char))
  end) .. '"'
end

local function number(value)
  if value == math.floor(value) and value > -2 ^ 53 and value < 2 ^ 53 then
    return string.format("%d", value)
  end
  return string.format("%.14g", value)
end

local function value_text(value, depth)
  local kind = type(value)
  if kind == "string" then
    return quoted(value)
  elseif kind == "number" then
    return number(value)
  elseif kind == "nil" or kind == "boolean" then
    return tostring(value)
  elseif kind ~= "table" or depth > 6 then
    return "<" .. kind .. ">"
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = "[" .. value_text(key, depth + 1) .. "]=" .. value_text(item, depth + 1)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

function canonical.value(value)
  return value_text(value, 0)
end

-- All byte values in order.
function canonical.bytes()
  local bytes = {}
  for byte = 0, 255 do
    bytes[#bytes + 1] = string.char(byte)
  end
  return table.concat(bytes)
end

-- Random numbers from 1 to what is asked for, the same on every Lua.
function canonical.random(seed)
  return function(most)
    seed = (seed * 16807) % 2147483647
    return math.floor(seed / 7) % most + 1
  end
end

-- What a function gives or raises.
function canonical.call(fn, ...)
  local function results(ok, ...)
    if not ok then
      local message = ...
      if type(message) == "string" then
        message = string.gsub(message, "^[^:\n]+:%d+: ", "")
      end
      return "raises " .. canonical.value(message)
    end
    local parts = { select("#", ...) .. " values:" }
    for index = 1, select("#", ...) do
      parts[#parts + 1] = canonical.value((select(index, ...)))
    end
    return table.concat(parts, " ")
  end
  return results(pcall(fn, ...))
end

return canonical
