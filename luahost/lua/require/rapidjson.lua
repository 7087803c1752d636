-- rapidjson: what `require "rapidjson"` gives, after xpol's lua-rapidjson 0.7.1.
--
-- Its file functions and its classes for JSON pointers and schemas are not offered, and say so.

local error, format, getmetatable, pairs = error, string.format, getmetatable, pairs
local setmetatable, tonumber, type = setmetatable, tonumber, type
local floor = math.floor
local _, check, import = ...
local decode, encode = import("json.rapidjson_decode"), import("json.rapidjson_encode")

local MAX_DEPTH = 128

local rapidjson = { _NAME = "rapidjson", _VERSION = "0.7.1" }

function rapidjson.null()
  return rapidjson.null
end

local OBJECTS, ARRAYS = { __jsontype = "object" }, { __jsontype = "array" }
local TYPES = { objects = OBJECTS, arrays = ARRAYS, null = rapidjson.null }

-- Marks a table, in the metatable that it has or in one that all marked tables share.
local function mark(value, shared)
  local meta = getmetatable(value)
  if type(meta) == "table" then
    meta.__jsontype = shared.__jsontype
    return value
  end
  return setmetatable(value, shared)
end

function rapidjson.object(value)
  if value ~= nil and type(value) ~= "table" then
    check.fail(1, "optional table excepted")
  end
  return mark(value or {}, OBJECTS)
end

function rapidjson.array(value)
  if value ~= nil and type(value) ~= "table" then
    check.fail(1, "optional table excepted")
  end
  return mark(value or {}, ARRAYS)
end

function rapidjson.decode(text)
  text = check.string(1, text)
  local after, value, offset = decode(text, TYPES)
  if not after then
    return nil, format("%s (%d)", value, offset)
  end
  return value
end

function rapidjson.encode(value, options)
  options = options == nil and {} or check.table(2, options)
  local max_depth = tonumber(options.max_depth)
  local text, message = encode(value, {
    pretty = options.pretty,
    empty_table_as_array = options.empty_table_as_array,
    max_depth = max_depth and floor(max_depth) or MAX_DEPTH,
    null = TYPES.null,
  })
  if not text then
    error(message, 2)
  end
  return text
end

local NOT_OFFERED = {
  load = "scripts have no files", dump = "scripts have no files",
  Document = "use decode and tables", SchemaDocument = "there are no schemas", SchemaValidator = "there are no schemas",
}

for name, reason in pairs(NOT_OFFERED) do
  rapidjson[name] = function()
    error("luahost: rapidjson." .. name .. " is not offered: " .. reason, 2)
  end
end

return rapidjson
