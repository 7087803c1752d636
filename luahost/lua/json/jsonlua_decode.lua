-- json.jsonlua_decode: reads JSON as Jeffrey Friedl's JSON.lua 20170927.26 does.
--
--   decode(self, text, options) → next, value
--                               → nil, message, location in bytes if there is one
--
-- `self` is the JSON object: strictTypes and its newArray and newObject count.

local find, match, sub = string.find, string.match, string.sub
local concat, tonumber = table.concat, tonumber
local _, _, import = ...
local numbers, utf8 = import("json.jsonlua_number"), import("json.utf8")

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function skip(text, position)
  return find(text, "[^ \n\r\t]", position) or #text + 1
end

-- What \u escapes say at a position, and where they end. Half a pair becomes a question mark.
local function unicode(text, position)
  local code = tonumber(match(text, "^\\u(%x%x%x%x)", position) or "", 16)
  if not code then
    return nil
  end
  if code >= 0xD800 and code <= 0xDBFF then
    local low = tonumber(match(text, "^\\u([dD][c-fC-F]%x%x)", position + 6) or "", 16)
    if low then
      return utf8(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), position + 12
    end
  end
  if code >= 0xD800 and code <= 0xDFFF then
    return "?", position + 6
  end
  return utf8(code), position + 6
end

local function read_string(text, start)
  if sub(text, start, start) ~= '"' then
    return nil, "expected string's opening quote", start
  end
  local pieces, n, from = {}, 0, start + 1
  while true do
    local stop = find(text, '["\\]', from)
    if not stop or stop == #text and sub(text, stop) == "\\" then
      return nil, "unclosed string", start
    end
    pieces[n + 1] = sub(text, from, stop - 1)
    if sub(text, stop, stop) == '"' then
      return stop + 1, concat(pieces)
    end
    pieces[n + 2], from = unicode(text, stop)
    if not from then
      local name = sub(text, stop + 1, stop + 1)
      pieces[n + 2], from = ESCAPES[name] or name, stop + 2
    end
    n = n + 2
  end
end

-- Whether a number has as many digits as an option names; an exponent always has.
local function long(options, kind, integer, decimal, exponent)
  local most_integer = options["decodeInteger" .. kind .. "Length"]
  local most_decimal = options["decodeDecimal" .. kind .. "Length"]
  return most_integer and (#integer >= most_integer or exponent ~= "")
    or most_decimal and (#decimal >= most_decimal or exponent ~= "")
end

local function read_number(text, start, options)
  local integer = match(text, "^-?[1-9]%d*", start) or match(text, "^-?0", start)
  if not integer then
    return nil, "expected number", start
  end
  local decimal = match(text, "^%.%d+", start + #integer) or ""
  local exponent = match(text, "^[eE][-+]?%d+", start + #integer + #decimal) or ""
  local literal = integer .. decimal .. exponent
  local after = start + #literal
  if options.decodeNumbersAsObjects or long(options, "Objectification", integer, decimal, exponent) then
    return after, numbers.new(literal)
  elseif long(options, "Stringification", integer, decimal, exponent) then
    return after, literal
  end
  local number = tonumber(literal)
  if not number then
    return nil, "bad number", start
  end
  return after, number
end

local read

-- The items of an array or object between its brackets. `item` reads one into `result`.
local function read_items(self, text, start, options, closing, result, item)
  local position = skip(text, start + 1)
  if sub(text, position, position) == closing then
    return position + 1, result
  end
  local count = 0
  while position <= #text do
    count = count + 1
    local after, message, location = item(self, text, position, options, result, count)
    if not after then
      return nil, message, location
    end
    position = skip(text, after)
    local mark = sub(text, position, position)
    if mark == closing then
      return position + 1, result
    elseif mark ~= "," then
      return nil, "expected comma or '" .. closing .. "'", position
    end
    position = skip(text, position + 1)
  end
  return nil, "unclosed '" .. sub(text, start, start) .. "'", start
end

local function read_element(self, text, position, options, result, index)
  local after, value, location = read(self, text, position, options)
  if not after then
    return nil, value, location
  end
  result[index] = value
  return after
end

local function read_pair(self, text, position, options, result)
  local after, key, location = read_string(text, position)
  if not after then
    return nil, key, location
  end
  position = skip(text, after)
  if sub(text, position, position) ~= ":" then
    return nil, "expected colon", position
  end
  local value
  after, value, location = read(self, text, position + 1, options)
  if not after then
    return nil, value, location
  end
  result[key] = value
  return after
end

function read(self, text, position, options)
  position = skip(text, position)
  local first = sub(text, position, position)
  if first == "" then
    return nil, "unexpected end of string"
  elseif first == '"' then
    return read_string(text, position)
  elseif find(first, "[-%d]") then
    return read_number(text, position, options)
  elseif first == "{" then
    local result = self.strictTypes and self:newObject({}) or {}
    return read_items(self, text, position, options, "}", result, read_pair)
  elseif first == "[" then
    local result = self.strictTypes and self:newArray({}) or {}
    return read_items(self, text, position, options, "]", result, read_element)
  elseif find(text, "^true", position) then
    return position + 4, true
  elseif find(text, "^false", position) then
    return position + 5, false
  elseif find(text, "^null", position) then
    return position + 4, options.null
  end
  return nil, "can't parse JSON", position
end

return function(self, text, options)
  local after, value, location = read(self, text, 1, options)
  if not after then
    return nil, value, location
  end
  return skip(text, after), value
end
