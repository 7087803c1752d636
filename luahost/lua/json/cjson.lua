-- json.cjson: makes the tables that scripts know as cjson and cjson.safe, after lua-cjson 2.1.0.
--
-- Every instance has settings of its own. The plain one raises errors at the script's line, the safe
-- one answers nil and the message; wrong arguments raise in both.

local error, format, select, type = error, string.format, select, type
local _, check, import = ...
local decode, encode = import("json.cjson_decode"), import("json.cjson_encode")

local INT_MAX = 2147483647

-- An argument of a list of words, where true and false stand for on and off.
local function word(words, value)
  if value == true then
    value = "on"
  elseif value == false then
    value = "off"
  end
  if type(value) ~= "string" and type(value) ~= "number" then
    return nil, format("string expected, got %s", type(value))
  end
  local found = words[value .. ""]
  if found == nil then
    return nil, format("invalid option '%s'", value .. "")
  end
  return true, found
end

local SWITCH = { on = true, off = false }
local SWITCH_OR_NULL = { on = true, off = false, null = "null" }

local function between(least, most)
  return format("expected integer between %d and %d", least, most)
end

-- The functions that read and set one setting each. Every one calls check itself, so that errors
-- name it and the script's line.
local function switch_setter(settings, name, words)
  return function(...)
    if select("#", ...) > 1 then
      check.fail(2, "found too many arguments")
    end
    local value = ...
    if value ~= nil then
      local ok, found = word(words, value)
      if not ok then
        check.fail(1, found)
      end
      settings[name] = found
    end
    return settings[name]
  end
end

local function integer_setter(settings, name, most)
  return function(...)
    if select("#", ...) > 1 then
      check.fail(2, "found too many arguments")
    end
    local value = ...
    if value ~= nil then
      value = check.integer(1, value)
      if value < 1 or value > most then
        check.fail(1, between(1, most))
      end
      settings[name] = value
    end
    return settings[name]
  end
end

local function sparse_setter(settings)
  return function(...)
    if select("#", ...) > 3 then
      check.fail(4, "found too many arguments")
    end
    -- lua-cjson reports a number out of range as its first argument, whichever it is.
    local convert, ratio, safe = ...
    if convert ~= nil then
      local ok, found = word(SWITCH, convert)
      if not ok then
        check.fail(1, found)
      end
      settings.sparse_convert = found
    end
    if ratio ~= nil then
      ratio = check.integer(2, ratio)
      if ratio < 0 or ratio > INT_MAX then
        check.fail(1, between(0, INT_MAX))
      end
      settings.sparse_ratio = ratio
    end
    if safe ~= nil then
      safe = check.integer(3, safe)
      if safe < 0 or safe > INT_MAX then
        check.fail(1, between(0, INT_MAX))
      end
      settings.sparse_safe = safe
    end
    return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe
  end
end

local function new(safe)
  local settings = {
    decode_invalid_numbers = true,
    decode_max_depth = 1000,
    encode_invalid_numbers = false,
    encode_keep_buffer = true,
    encode_max_depth = 1000,
    encode_number_precision = 14,
    sparse_convert = false,
    sparse_ratio = 2,
    sparse_safe = 10,
  }
  local cjson = { _NAME = "cjson", _VERSION = "2.1.0", null = import("json.null") }

  function cjson.encode(...)
    if select("#", ...) ~= 1 then
      check.fail(1, "expected 1 argument")
    end
    local text, message = encode((...), settings)
    if text then
      return text
    elseif safe then
      return nil, message
    end
    error(message, 2)
  end

  function cjson.decode(...)
    if select("#", ...) ~= 1 then
      check.fail(1, "expected 1 argument")
    end
    local text = ...
    if safe and type(text) ~= "string" and type(text) ~= "number" then
      -- lua-cjson looks at the text inside its pcall, where the function has no name.
      return nil, format("bad argument #1 to '?' (string expected, got %s)", type(text))
    end
    text = check.string(1, text)
    local ok, value = decode(text, settings)
    if ok then
      return value
    elseif safe then
      return nil, value
    end
    error(value, 2)
  end

  cjson.encode_sparse_array = sparse_setter(settings)
  cjson.encode_max_depth = integer_setter(settings, "encode_max_depth", INT_MAX)
  cjson.decode_max_depth = integer_setter(settings, "decode_max_depth", INT_MAX)
  cjson.encode_keep_buffer = switch_setter(settings, "encode_keep_buffer", SWITCH)
  cjson.encode_invalid_numbers = switch_setter(settings, "encode_invalid_numbers", SWITCH_OR_NULL)
  cjson.decode_invalid_numbers = switch_setter(settings, "decode_invalid_numbers", SWITCH)
  cjson.encode_number_precision = integer_setter(settings, "encode_number_precision", 14)

  function cjson.new()
    return new(safe)
  end

  return cjson
end

return new
