-- json.cjson_decode: reads JSON as lua-cjson 2.1.0 does.
--
--   decode(text, settings) → true, value
--                          → nil, message in lua-cjson's words

local find, format, sub = string.find, string.format, string.sub
local _, _, import = ...
local token, null = import("json.cjson_token"), import("json.null")

local function expected(what, kind, position)
  return nil, format("Expected %s but found %s at character %d", what, kind, position)
end

-- Each reads from an opened bracket on: next position and table, or nil and a message.
local array, object

local function value(text, settings, depth, kind, position, after, scalar)
  if kind == "T_STRING" or kind == "T_NUMBER" or kind == "T_BOOLEAN" then
    return after, scalar
  elseif kind == "T_NULL" then
    return after, null
  end
  local reader = kind == "T_ARR_BEGIN" and array or kind == "T_OBJ_BEGIN" and object
  if not reader then
    return expected("value", kind, position)
  end
  if depth >= settings.decode_max_depth then
    return nil, format("Found too many nested data structures (%d) at character %d", depth + 1, position)
  end
  return reader(text, settings, depth + 1, after)
end

function array(text, settings, depth, next_position)
  local result, n, lenient = {}, 0, settings.decode_invalid_numbers
  local kind, position, after, scalar = token(text, next_position, lenient)
  if kind == "T_ARR_END" then
    return after, result
  end
  while true do
    local stop, item = value(text, settings, depth, kind, position, after, scalar)
    if not stop then
      return nil, item
    end
    n = n + 1
    result[n] = item
    kind, position, after = token(text, stop, lenient)
    if kind == "T_ARR_END" then
      return after, result
    elseif kind ~= "T_COMMA" then
      return expected("comma or array end", kind, position)
    end
    kind, position, after, scalar = token(text, after, lenient)
  end
end

function object(text, settings, depth, next_position)
  local result, lenient = {}, settings.decode_invalid_numbers
  local kind, position, after, key = token(text, next_position, lenient)
  if kind == "T_OBJ_END" then
    return after, result
  end
  while true do
    if kind ~= "T_STRING" then
      return expected("object key string", kind, position)
    end
    kind, position, after = token(text, after, lenient)
    if kind ~= "T_COLON" then
      return expected("colon", kind, position)
    end
    local stop, item = value(text, settings, depth, token(text, after, lenient))
    if not stop then
      return nil, item
    end
    result[key] = item
    kind, position, after = token(text, stop, lenient)
    if kind == "T_OBJ_END" then
      return after, result
    elseif kind ~= "T_COMMA" then
      return expected("comma or object end", kind, position)
    end
    kind, position, after, key = token(text, after, lenient)
  end
end

return function(text, settings)
  local nul = find(text, "\0", 1, true)
  if nul and nul <= 2 and #text >= 2 then
    return nil, "JSON parser does not support UTF-16 or UTF-32"
  elseif nul then
    text = sub(text, 1, nul - 1)
  end
  local stop, result = value(text, settings, 0, token(text, 1, settings.decode_invalid_numbers))
  if not stop then
    return nil, result
  end
  local kind, position = token(text, stop, settings.decode_invalid_numbers)
  if kind ~= "T_END" then
    return expected("the end", kind, position)
  end
  return true, result
end
