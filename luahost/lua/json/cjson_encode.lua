-- json.cjson_encode: writes JSON as lua-cjson 2.1.0 does, keys in the order of json.keys.
--
--   encode(value, settings) → text
--                           → nil, message in lua-cjson's words
--
-- Metatables do not count, as they do not there.

local concat, floor, format, huge = table.concat, math.floor, string.format, math.huge
local next, rawequal, rawget, select, type = next, rawequal, rawget, select, type
local _, _, import = ...
local keys, null = import("json.keys"), import("json.null")

local INT_MAX = 2147483647

local quote = import("json.quote")('[%c"\\/]', {
  ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/",
  ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}, "\\u%04x")

local function cannot(value, reason)
  return nil, format("Cannot serialise %s: %s", type(value), reason)
end

local function number(value, settings)
  if value ~= value or value == huge or value == -huge then
    local invalid = settings.encode_invalid_numbers
    if invalid == "null" then
      return "null"
    elseif not invalid then
      return cannot(value, "must not be NaN or Inf")
    elseif value ~= value then
      return "nan"  -- without the sign that C may write
    end
  end
  return format("%." .. settings.encode_number_precision .. "g", value)
end

-- The length of the array that a table is, nil if it is an object, false if it has too many holes.
local function array_length(value, settings)
  local length, items = 0, 0
  for key in next, value do
    if type(key) ~= "number" or key < 1 or key > INT_MAX or floor(key) ~= key then
      return nil
    end
    items = items + 1
    if key > length then
      length = key
    end
  end
  local ratio = settings.sparse_ratio
  if ratio > 0 and length > items * ratio and length > settings.sparse_safe then
    length = settings.sparse_convert and 0 or false
  end
  if length == 0 then
    return nil
  end
  return length
end

-- Puts a value's text into the buffer; answers a message if there is none.
local append

local function append_array(buffer, value, length, settings, depth)
  buffer[#buffer + 1] = "["
  for index = 1, length do
    if index > 1 then
      buffer[#buffer + 1] = ","
    end
    local message = append(buffer, rawget(value, index), settings, depth)
    if message then
      return message
    end
  end
  buffer[#buffer + 1] = "]"
end

local function key_text(key, settings)
  if type(key) == "string" then
    return quote(key)
  elseif type(key) == "number" then
    local text, message = number(key, settings)
    return text and '"' .. text .. '"', message
  end
  return cannot(key, "table key must be a number or string")
end

local function append_object(buffer, value, settings, depth)
  local order = keys(next, value)
  buffer[#buffer + 1] = "{"
  for index = 1, #order do
    local text, message = key_text(order[index], settings)
    if not text then
      return message
    end
    buffer[#buffer + 1] = index > 1 and "," .. text .. ":" or text .. ":"
    message = append(buffer, rawget(value, order[index]), settings, depth)
    if message then
      return message
    end
  end
  buffer[#buffer + 1] = "}"
end

function append(buffer, value, settings, depth)
  local kind = type(value)
  local text, message
  if kind == "table" then
    depth = depth + 1
    if depth > settings.encode_max_depth then
      return format("Cannot serialise, excessive nesting (%d)", depth)
    end
    local length = array_length(value, settings)
    if length then
      return append_array(buffer, value, length, settings, depth)
    elseif length == false then
      return (select(2, cannot(value, "excessively sparse array")))
    end
    return append_object(buffer, value, settings, depth)
  elseif kind == "string" then
    text = quote(value)
  elseif kind == "number" then
    text, message = number(value, settings)
  elseif value == nil or rawequal(value, null) then
    text = "null"
  elseif kind == "boolean" then
    text = value and "true" or "false"
  else
    text, message = cannot(value, "type not supported")
  end
  buffer[#buffer + 1] = text
  return message
end

return function(value, settings)
  local buffer = {}
  local message = append(buffer, value, settings, 0)
  if message then
    return nil, message
  end
  return concat(buffer)
end
