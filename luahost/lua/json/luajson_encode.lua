-- json.luajson_encode: writes JSON as luajson 1.3.4 does, keys in the order of json.keys.
--
--   encode(value, options) → text or nil, message in luajson's words

local concat, floor, format, huge = table.concat, math.floor, string.format, math.huge
local char, gsub = string.char, string.gsub
local pairs, rawequal, tostring, type = pairs, rawequal, tostring, type
local _, _, import = ...
local keys, util = import("json.keys"), import("json.luajson_util")

local SHORT = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/",
  ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\v"] = "\\v",
}

-- Whatever the set says, printable ASCII stands for itself.
local function escapes(long)
  local found = {}
  for code = 0, 255 do
    if code < 32 or code > 127 then
      found[char(code)] = format(long, code)
    end
  end
  return util.merge(found, SHORT)
end

local ESCAPES, HEX_ESCAPES = escapes("\\u%04X"), escapes("\\x%02X")

local function quoted(text, options)
  local set = options.encodeSet .. (options.encodeSetAppend or "")
  text = gsub(text, "[" .. set .. "]", options.xEncode and HEX_ESCAPES or ESCAPES)
  if options.processor then
    text = options.processor(text)
  end
  return '"' .. text .. '"'
end

local function number(value, options)
  if value ~= value then
    if not options.nan then
      return nil, "Invalid number: NaN not enabled"
    end
    return "NaN"
  elseif value == huge or value == -huge then
    if not options.inf then
      return nil, "Invalid number: Infinity not enabled"
    end
    return value > 0 and "Infinity" or "-Infinity"
  end
  return tostring(value)
end

-- The length of the array that a table is, nil if it is an object.
local function array_length(value, options)
  local is_array = options.array.isArray(value)
  if is_array == false then
    return nil
  end
  local declared, length = util.declared_length(value), #value
  if is_array or declared then
    return declared or length
  end
  for key in pairs(value) do
    if type(key) ~= "number" or key < 1 or key > length or floor(key) ~= key then
      return nil
    end
  end
  return length
end

-- Puts a value's text into the buffer; answers a message if there is none.
local append

local function append_array(buffer, value, length, options, open)
  buffer[#buffer + 1] = "["
  for index = 1, length do
    if index > 1 then
      buffer[#buffer + 1] = ","
    end
    local message = append(buffer, value[index], options, open, false)
    if message then
      return message
    end
  end
  buffer[#buffer + 1] = "]"
end

local KEY_TYPES = { string = true, number = true, boolean = true }

local function append_object(buffer, value, options, open)
  local items = {}
  for key, item in pairs(value) do
    items[key] = item
  end
  local order = keys(pairs(items))
  buffer[#buffer + 1] = "{"
  for index = 1, #order do
    local key = order[index]
    if not KEY_TYPES[type(key)] then
      return "Invalid object index type: " .. type(key)
    end
    if index > 1 then
      buffer[#buffer + 1] = ","
    end
    local message = append(buffer, tostring(key), options, open, true)
    if message then
      return message
    end
    buffer[#buffer + 1] = ":"
    message = append(buffer, items[key], options, open, false)
    if message then
      return message
    end
  end
  buffer[#buffer + 1] = "}"
end

local function append_table(buffer, value, options, open)
  if open[value] then
    return "Recursive encoding of value"
  end
  open[value] = true
  local length = array_length(value, options)
  local message
  if length then
    message = append_array(buffer, value, length, options, open)
  else
    message = append_object(buffer, value, options, open)
  end
  open[value] = nil
  return message
end

-- null and undefined: the functions or tables that the options name.
local function placeholder(value, kind, options)
  if value == nil then
    return "null"
  elseif kind ~= "function" and kind ~= "table" then
    return nil
  end
  local others = options.others
  if rawequal(value, others.null) then
    return "null"
  elseif rawequal(value, others.undefined) then
    if not others.allowUndefined then
      return nil, "Invalid value: Unsupported 'Undefined' parameter"
    end
    return "undefined"
  end
end

local function scalar(value, kind, options)
  if kind == "string" then
    return quoted(value, options.strings)
  elseif kind == "number" then
    return number(value, options.number)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "function" then
    return nil, "Failed to encode value, encoders for function deny encoding"
  end
  return nil, "Failed to encode value, unhandled type: " .. kind
end

function append(buffer, value, options, open, is_key)
  if options.preProcess then
    local other = options.preProcess(value, is_key)
    if other ~= nil then
      value = other
    end
  end
  local kind = type(value)
  local text, message = placeholder(value, kind, options)
  if not text and not message then
    if kind == "table" then
      return append_table(buffer, value, options, open)
    end
    text, message = scalar(value, kind, options)
  end
  buffer[#buffer + 1] = text
  return message
end

local M = {}

function M.encode(value, options)
  if options.initialObject and type(value) ~= "table" then
    return nil, "Invalid arguments: expects a JSON Object or Array at the root"
  end
  local buffer = {}
  local message = append(buffer, value, options, {}, false)
  if message then
    return nil, message
  end
  return concat(buffer)
end

M.default = {
  initialObject = false,
  array = { isArray = util.IsArray },
  calls = {},
  number = { inf = true, nan = true },
  object = {},
  others = { allowUndefined = true, null = util.null, undefined = util.undefined },
  strings = { encodeSet = '\\"/%z\1-\031', xEncode = false },
}

M.strict = util.with_defaults(M.default, {
  initialObject = true,
  number = { inf = false, nan = false },
  others = { allowUndefined = false },
})

return M
