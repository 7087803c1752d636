-- json: what `require "json"` gives, after luajson 1.3.4 (Debian's lua-json).
--
-- json.encode and json.decode are tables that can be called, and hold the ready-made options.

local error, setmetatable, type = error, setmetatable, type
local _, _, import = ...
local decoding, encoding = import("json.luajson_decode"), import("json.luajson_encode")
local util = import("json.luajson_util")

-- Function calls in JSON and LPeg patterns are not offered.
local REFUSED_DECODING = {
  calls = { defs = true, allowUndefined = true },
  strings = { additionalEscapes = true },
}
local REFUSED_ENCODING = { calls = { defs = true } }

-- Options as luajson takes them: nothing for the defaults, true for the strict ones, or a table.
local function decoding_options(given)
  if not given then
    return decoding.default
  elseif given == true then
    return decoding.strict
  elseif type(given) ~= "table" then
    error("bad argument #2 to 'decode' (table expected, got " .. type(given) .. ")", 3)
  end
  util.refuse(given, "json.decode", REFUSED_DECODING)
  local options = util.with_defaults(decoding.default, given)
  if type(options.strings.escapeCheck) ~= "string" then
    error("luahost: json.decode takes no LPeg pattern for the option strings.escapeCheck", 3)
  end
  return options
end

local function encoding_options(given)
  if not given then
    return encoding.default
  elseif type(given) ~= "table" then
    error("bad argument #2 to 'encode' (table expected, got " .. type(given) .. ")", 3)
  end
  util.refuse(given, "json.encode", REFUSED_ENCODING)
  if given.output then
    error("luahost: json.encode does not offer the option output", 3)
  end
  return util.with_defaults(encoding.default, given)
end

-- Level 2 is the function that the script called, 3 the script.
local function decode_with(options, text)
  if type(text) ~= "string" and type(text) ~= "number" then
    error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 3)
  end
  local ok, value = decoding.decode(text .. "", options)
  if ok then
    return value
  elseif options.nothrow then
    return nil, value
  end
  error(value, 3)
end

local function encode_with(options, value)
  local text, message = encoding.encode(value, options)
  if not text then
    error(message, 3)
  end
  return text
end

-- The results are put in parentheses or variables, as a tail call would hide the function from the
-- levels above.
local decode = { strict = decoding.strict, simple = decoding.simple }
decode.util = { setObjectKeyForceNumber = decoding.force_number }

function decode.getDecoder(given)
  local options = decoding_options(given)
  return function(text)
    local value, message = decode_with(options, text)
    if message then
      return value, message
    end
    return value
  end
end

function decode.decode(text, given)
  local value, message = decode_with(decoding_options(given), text)
  if message then
    return value, message
  end
  return value
end

local encode = { default = encoding.default, strict = encoding.strict }

function encode.getEncoder(given)
  local options = encoding_options(given)
  return function(value)
    return (encode_with(options, value))
  end
end

function encode.encode(value, given)
  return (encode_with(encoding_options(given), value))
end

return {
  _COPYRIGHT = "luahost; after LuaJSON, Copyright (c) 2007-2017 Thomas Harning Jr.",
  _DESCRIPTION = "LuaJSON : customizable JSON decoder/encoder",
  _VERSION = "1.3.4",
  decode = setmetatable(decode, {
    __call = function(_, text, given)
      local value, message = decode_with(decoding_options(given), text)
      if message then
        return value, message
      end
      return value
    end,
  }),
  encode = setmetatable(encode, {
    __call = function(_, value, given)
      return (encode_with(encoding_options(given), value))
    end,
  }),
  util = util.public,
}
