-- json.rapidjson_encode: writes JSON as lua-rapidjson 0.7.1 does, keys always sorted.
--
--   encode(value, options) → text or nil, message in lua-rapidjson's words
--
-- Keys that are no strings and their values are left out, as there.

local concat, format, huge, floor = table.concat, string.format, math.huge, math.floor
local gsub, match, rep, sub = string.gsub, string.match, string.rep, string.sub
local getmetatable, next, rawequal, rawget = getmetatable, next, rawequal, rawget
local sort, tonumber, type = table.sort, tonumber, type
local math_type = math.type
local rawlen = rawlen or function(value) return #value end  -- before 5.2 a table's # is raw
local _, _, import = ...

local quote = import("json.quote")('[%c"\\]', {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\127"] = false,
  ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}, "\\u%04X")

-- Below this, numbers have fewer than 15 digits of precision.
local SMALLEST_NORMAL = 2.2250738585072014e-308

-- Digits without a point, and the place of the point behind the first of them.
local function digits(value)
  for precision = value < SMALLEST_NORMAL and 0 or 14, 16 do
    local text = format("%." .. precision .. "e", value)
    if tonumber(text) == value or precision == 16 then
      local whole, fraction, exponent = match(text, "^(%d)%.?(%d*)e([-+]%d+)$")
      local all = gsub(whole .. fraction, "0+$", "")
      return all, tonumber(exponent)
    end
  end
end

-- RapidJSON's own format: the shortest digits that read back as the same number, without an exponent
-- from 1e-6 up to 1e21.
local function float(value)
  if value == 0 then
    return 1 / value < 0 and "-0.0" or "0.0"
  end
  local sign = value < 0 and "-" or ""
  local all, exponent = digits(value < 0 and -value or value)
  if exponent >= 21 or exponent < -6 then
    return sign .. sub(all, 1, 1) .. (#all > 1 and "." .. sub(all, 2) or "") .. format("e%d", exponent)
  elseif exponent < 0 then
    return sign .. "0." .. rep("0", -exponent - 1) .. all
  elseif #all <= exponent + 1 then
    return sign .. all .. rep("0", exponent + 1 - #all) .. ".0"
  end
  return sign .. sub(all, 1, exponent + 1) .. "." .. sub(all, exponent + 2)
end

-- Integers are written as such; before Lua 5.3 these are the numbers without a fraction that 64 bits
-- can hold.
local function number(value)
  if value ~= value or value == huge or value == -huge then
    return nil, "error while encode double value."
  end
  if math_type then
    return math_type(value) == "integer" and format("%d", value) or float(value)
  elseif floor(value) == value and value >= -2 ^ 63 and value < 2 ^ 63 then
    return format("%d", value)
  end
  return float(value)
end

local function is_array(value, options)
  local meta = getmetatable(value)
  local kind = type(meta) == "table" and meta.__jsontype
  if type(kind) == "string" then
    return kind == "array"
  elseif next(value) == nil then
    return options.empty_table_as_array
  end
  return rawlen(value) > 0
end

local write

local function wrap(parts, opening, closing, options, depth)
  if #parts == 0 then
    return opening .. closing
  elseif not options.pretty then
    return opening .. concat(parts, ",") .. closing
  end
  local inner = "\n" .. rep("    ", depth)
  return opening .. inner .. concat(parts, "," .. inner) .. "\n" .. rep("    ", depth - 1) .. closing
end

local function write_table(value, options, depth)
  if depth > options.max_depth then
    return nil, "nested too depth"
  end
  local parts = {}
  if is_array(value, options) then
    for index = 1, rawlen(value) do
      local text, message = write(rawget(value, index), options, depth)
      if not text then
        return nil, message
      end
      parts[index] = text
    end
    return wrap(parts, "[", "]", options, depth)
  end
  local names = {}
  for key in next, value do
    if type(key) == "string" then
      names[#names + 1] = key
    end
  end
  sort(names)
  for index = 1, #names do
    local text, message = write(rawget(value, names[index]), options, depth)
    if not text then
      return nil, message
    end
    parts[index] = quote(names[index]) .. (options.pretty and ": " or ":") .. text
  end
  return wrap(parts, "{", "}", options, depth)
end

function write(value, options, depth)
  local kind = type(value)
  if value == nil or rawequal(value, options.null) then
    return "null"
  elseif kind == "table" then
    return write_table(value, options, depth + 1)
  elseif kind == "string" then
    return quote(value)
  elseif kind == "number" then
    return number(value)
  elseif kind == "boolean" then
    return value and "true" or "false"
  end
  return nil, "value type : " .. kind
end

return function(value, options)
  return write(value, options, 0)
end
