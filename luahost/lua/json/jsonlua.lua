-- JSON: what `require "JSON"` gives, after Jeffrey Friedl's JSON.lua 20170927.26 (luarocks: json-lua).
--
-- An object whose methods a script may replace: the handlers of errors, and assert, which the handlers
-- that come with it call. As there, their messages have no place in front.

local assert, error, pairs, setmetatable, type = assert, error, pairs, setmetatable, type
local find, format, match, sub = string.find, string.format, string.match, string.sub
local _, _, import = ...
local decode, encode = import("json.jsonlua_decode"), import("json.jsonlua_encode")
local numbers = import("json.jsonlua_number")

local JSON = { VERSION = "20170927.26" }
JSON.__index = JSON

function JSON.__tostring()
  return "JSON encode/decode package"
end

function JSON:new(fields)
  local new = {}
  for name, value in pairs(fields or {}) do
    new[name] = value
  end
  return setmetatable(new, JSON)
end

-- Arrays and objects that stay what they are when they are empty ------------------------------------

local ARRAY = { __tostring = function() return "JSON array" end }
ARRAY.__index = ARRAY
local OBJECT = { __tostring = function() return "JSON object" end }
OBJECT.__index = OBJECT

function JSON:newArray(value)
  return setmetatable(value or {}, ARRAY)
end

function JSON:newObject(value)
  return setmetatable(value or {}, OBJECT)
end

function JSON:asNumber(item)
  return numbers.new(item)
end

function JSON:forceString(item)
  return numbers.text(item)
end

function JSON:forceNumber(item)
  return numbers.number(item)
end

function JSON:isNumber(item)
  return type(item) == "number" or numbers.is(item)
end

function JSON:isString(item)
  return type(item) == "string"
end

-- Errors --------------------------------------------------------------------------------------------

local function fail(self, message, etc)
  if etc ~= nil then
    message = message .. " (" .. JSON:encode(etc) .. ")"
  end
  (self.assert or assert)(false, message)
end

function JSON:onDecodeError(message, text, location, etc)
  if text and location then
    message = format("%s at byte %d of: ", message, location) .. text
  elseif text then
    message = message .. ": " .. text
  end
  fail(self, message, etc)
end

JSON.onDecodeOfNilError = JSON.onDecodeError
JSON.onDecodeOfHTMLError = JSON.onDecodeError

function JSON:onTrailingGarbage(text, location, _, etc)
  return self:onDecodeError("trailing garbage", text, location, etc)
end

function JSON:onEncodeError(message, etc)
  fail(self, message, etc)
end

local function is_instance(self)
  return type(self) == "table" and self.__index == JSON
end

-- Decoding and encoding -----------------------------------------------------------------------------

local INHERITED = {
  "decodeNumbersAsObjects", "decodeIntegerObjectificationLength", "decodeDecimalObjectificationLength",
  "decodeIntegerStringificationLength", "decodeDecimalStringificationLength",
}

-- The handler that a text calls for at once: its method and message, and whether it gets the text.
local function refused(text)
  if text == nil then
    return "onDecodeOfNilError", "nil passed to JSON:decode()"
  elseif type(text) ~= "string" then
    return "onDecodeError", "expected string argument to JSON:decode(), got " .. type(text)
  elseif find(text, "^%s*<") then
    return "onDecodeOfHTMLError", "html passed to JSON:decode()", text
  elseif sub(text, 1, 1) == "\0" or sub(text, 2, 2) == "\0" then
    return "onDecodeError", "JSON package groks only UTF-8, sorry", text
  end
end

function JSON:decode(text, etc, options)
  local given = type(options) == "table" and options or {}
  if etc == nil then
    etc = given.etc
  end
  if not is_instance(self) then
    return JSON:onDecodeError("JSON:decode must be called in method format", nil, nil, etc)
  end
  local handler, message, shown = refused(text)
  if handler then
    self[handler](self, message, shown, nil, etc)
    return nil, message
  elseif match(text, "^%s*$") then
    return nil
  end
  options = { null = given.null }
  for _, name in pairs(INHERITED) do
    options[name] = given[name]
    if options[name] == nil then
      options[name] = self[name]
    end
  end
  local after, value, location = decode(self, text, options)
  if not after then
    -- A handler need not raise.
    self:onDecodeError(value, text, location, etc)
    return nil, value
  elseif after <= #text then
    return self:onTrailingGarbage(text, after, value, etc)
  end
  return value
end

local function encode_with(self, value, etc, options)
  if options.array_newline then
    error("luahost: JSON:encode does not offer the option array_newline", 3)
  end
  local text, message = encode(self, value, etc, options)
  if not text then
    self:onEncodeError(message, etc)
  end
  return text
end

function JSON:encode(value, etc, options)
  if not is_instance(self) then
    return JSON:onEncodeError("JSON:encode must be called in method format", etc)
  end
  return (encode_with(self, value, etc, type(options) == "table" and options or {}))
end

function JSON:encode_pretty(value, etc, options)
  if not is_instance(self) then
    return JSON:onEncodeError("JSON:encode_pretty must be called in method format", etc)
  end
  return (encode_with(self, value, etc, type(options) == "table" and options or { pretty = true, indent = "  " }))
end

return JSON:new()
