-- json.dkjson_encode: writes JSON as dkjson 2.6 does, keys without an order of their own in that of
-- json.keys.
--
-- `state` is dkjson's: buffer and bufferlen with the text so far, indent, level, keyorder, exception. A
-- custom encoder (__tojson) and an exception function get it and may write to its buffer. The level
-- and the tables that are being written go along as arguments, as they do there.

local concat, error, floor, gsub = table.concat, error, math.floor, string.gsub
local byte, find, format, huge, rep = string.byte, string.find, string.format, math.huge, string.rep
local getmetatable, pairs, tostring, type = getmetatable, pairs, tostring, type
local _, check, import = ...
local keys = import("json.keys")

local encoder = {}

local quote = import("json.quote")('[%c"\\]', {
  ['"'] = '\\"', ["\\"] = "\\\\",
  ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}, "\\u%04x")

-- Characters that JavaScript of old took for space or nothing, as ranges of code points.
local INVISIBLE = {
  { 0x80, 0x9F }, { 0xAD, 0xAD }, { 0x600, 0x604 }, { 0x70F, 0x70F }, { 0x17B4, 0x17B5 }, { 0x200C, 0x200F }, { 0x2028, 0x202F },
  { 0x2060, 0x206F }, { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFF },
}

local function escape_invisible(character)
  local first, second, third = byte(character, 1, 3)
  local code = third and (first - 0xE0) * 0x1000 + (second - 0x80) * 0x40 + third - 0x80
    or (first - 0xC0) * 0x40 + second - 0x80
  for index = 1, #INVISIBLE do
    if code >= INVISIBLE[index][1] and code <= INVISIBLE[index][2] then
      return format("\\u%04x", code)
    end
  end
end

function encoder.quotestring(text)
  text = quote(check.string(1, text))
  if find(text, "[\194\216\220\225\226\239]") then
    text = gsub(text, "[\194\216\220][\128-\191]", escape_invisible)
    text = gsub(text, "[\225\226\239][\128-\191][\128-\191]", escape_invisible)
  end
  return text
end

local quotestring = encoder.quotestring

-- The length of the array that a table is, nil if it is an object. A number `n` counts as the length.
local function array_length(value)
  local length, items, declared = 0, 0, 0
  for key, item in pairs(value) do
    if key == "n" and type(item) == "number" then
      declared = item
      if item > length then
        length = item
      end
    elseif type(key) ~= "number" or key < 1 or floor(key) ~= key then
      return nil
    else
      items = items + 1
      if key > length then
        length = key
      end
    end
  end
  if length > 10 and length > declared and length > items * 2 then
    return nil
  end
  return length
end

local function put(state, text)
  state.bufferlen = state.bufferlen + 1
  state.buffer[state.bufferlen] = text
end

local function put_newline(state, level)
  if state.indent then
    put(state, "\n")
    put(state, rep("  ", level))
  end
end

-- What cannot be written: the exception function may write it, or a message is answered.
local function exception(reason, value, state, message)
  local handler = state.exception
  if not handler then
    return message
  end
  local text, other = handler(reason, value, state, message)
  if not text then
    return other or message
  end
  if type(text) == "string" then
    put(state, text)
  end
end

-- Each writes into the state's buffer and answers a message if it cannot.
local put_value

local function put_key(state, key)
  if type(key) == "string" then
    put(state, quotestring(key))
  elseif type(key) == "number" then
    put(state, '"' .. tostring(key) .. '"')
  else
    return "type '" .. type(key) .. "' is not supported as a key by JSON."
  end
end

local function put_pair(state, key, value, level, tables, first)
  if not first then
    put(state, ",")
  end
  put_newline(state, level)
  local message = put_key(state, key)
  if message then
    return message
  end
  put(state, ":")
  return put_value(state, value, level, tables)
end

-- The keys of an object: those of `order` that it has, then the others.
local function ordered_keys(value, order)
  if not order then
    return keys(pairs(value))
  end
  local ordered, n, listed = {}, 0, {}
  for index = 1, #order do
    local key = order[index]
    if value[key] ~= nil then
      n = n + 1
      ordered[n], listed[key] = key, true
    end
  end
  local all = keys(pairs(value))
  for index = 1, #all do
    if not listed[all[index]] then
      n = n + 1
      ordered[n] = all[index]
    end
  end
  return ordered
end

local function put_object(state, value, order, level, tables)
  put(state, "{")
  local items = {}
  for key, item in pairs(value) do
    items[key] = item
  end
  local ordered = ordered_keys(items, order)
  for index = 1, #ordered do
    local message = put_pair(state, ordered[index], items[ordered[index]], level + 1, tables, index == 1)
    if message then
      return message
    end
  end
  put_newline(state, level)
  put(state, "}")
end

local function put_array(state, value, length, level, tables)
  put(state, "[")
  for index = 1, length do
    local message = put_value(state, value[index], level + 1, tables)
    if message then
      return message
    end
    if index < length then
      put(state, ",")
    end
  end
  put(state, "]")
end

local function put_table(state, value, meta, level, tables)
  local length = array_length(value)
  if length and length == 0 and meta.__jsontype == "object" then
    length = nil
  end
  if length then
    return put_array(state, value, length, level, tables)
  end
  return put_object(state, value, meta.__jsonorder or state.keyorder, level, tables)
end

local function put_custom(state, value, custom)
  local text, message = custom(value, state)
  if not text then
    return exception("custom encoder failed", value, state, message or "custom encoder failed")
  elseif type(text) == "string" then
    put(state, text)
  end
end

local WORDS = { [true] = "true", [false] = "false" }
local NO_METATABLE = {}

function put_value(state, value, level, tables)
  local kind, meta = type(value), getmetatable(value)
  if type(meta) ~= "table" then
    meta = NO_METATABLE
  end
  local custom = kind ~= "string" and meta.__tojson
  if custom or kind == "table" then
    if tables[value] then
      return exception("reference cycle", value, state, "reference cycle")
    end
    tables[value] = true
    local message
    if custom then
      message = put_custom(state, value, custom)
    else
      message = put_table(state, value, meta, level, tables)
    end
    tables[value] = nil
    return message
  elseif kind == "string" then
    put(state, quotestring(value))
  elseif kind == "number" then
    -- NaN and the infinities have no JSON.
    local finite = value == value and value ~= huge and value ~= -huge
    put(state, finite and tostring(value) or "null")
  elseif value == nil then
    put(state, "null")
  elseif kind == "boolean" then
    put(state, WORDS[value])
  else
    return exception("unsupported type", value, state, "type '" .. kind .. "' is not supported by JSON.")
  end
end

function encoder.encode(value, state)
  state = state == nil and {} or check.table(2, state)
  local given, length = state.buffer, state.bufferlen
  state.buffer = given or {}
  state.bufferlen = length or 0
  local message = put_value(state, value, state.level or 0, state.tables or {})
  if message then
    state.bufferlen = length
    error(message, 2)
  end
  if given then
    return true
  end
  local text = concat(state.buffer, "", 1, state.bufferlen)
  state.buffer, state.bufferlen = nil, nil
  return text
end

-- For custom encoders: a new line in the buffer, where the state asks for indentation.
function encoder.addnewline(state)
  check.table(1, state)
  if state.indent then
    state.bufferlen = state.bufferlen or #check.table(1, state.buffer)
    put_newline(state, state.level or 0)
  end
end

-- An exception function that writes the message in place of the value.
function encoder.encodeexception(_, _, _, message)
  return quotestring("<" .. message .. ">")
end

return encoder
