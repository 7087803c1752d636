-- json.cjson_token: the words of JSON as lua-cjson 2.1.0 reads them.
--
--   token(text, position, lenient) → kind, position, next, value
--
-- `kind` is lua-cjson's name of the token, or what is wrong, in its words. `lenient` is the setting
-- decode_invalid_numbers. The text has no NUL: for lua-cjson it ends there.

local find, lower, match, sub = string.find, string.lower, string.match, string.sub
local concat, huge, tonumber = table.concat, math.huge, tonumber
local _, _, import = ...
local utf8 = import("json.utf8")

local PUNCTUATION = {
  ["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END",
  [","] = "T_COMMA", [":"] = "T_COLON",
}

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local WORDS = { { "^true", "T_BOOLEAN", true }, { "^false", "T_BOOLEAN", false }, { "^null", "T_NULL" } }

-- A \u escape at `position`: the bytes it stands for and where it ends, or nil.
local function unicode(text, position)
  local code = tonumber(match(text, "^\\u(%x%x%x%x)", position) or "", 16)
  if not code or code >= 0xDC00 and code <= 0xDFFF then
    return nil
  end
  if code < 0xD800 or code > 0xDFFF then
    return utf8(code), position + 6
  end
  local low = tonumber(match(text, "^\\u([dD][c-fC-F]%x%x)", position + 6) or "", 16)
  if not low then
    return nil
  end
  return utf8(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), position + 12
end

local function string_token(text, start)
  local pieces, n, from = {}, 0, start + 1
  while true do
    local stop = find(text, '["\\]', from)
    if not stop then
      return "unexpected end of string", #text + 1
    end
    pieces[n + 1] = sub(text, from, stop - 1)
    if sub(text, stop, stop) == '"' then
      return "T_STRING", start, stop + 1, concat(pieces)
    end
    local name = sub(text, stop + 1, stop + 1)
    if name == "u" then
      pieces[n + 2], from = unicode(text, stop)
      if not from then
        return "invalid unicode escape code", stop
      end
    else
      pieces[n + 2], from = ESCAPES[name], stop + 2
      if not ESCAPES[name] then
        return "invalid escape code", stop
      end
    end
    n = n + 2
  end
end

-- What C's strtod takes of the text, as a string that tonumber takes for a float.
local function number_text(text, position)
  local hex = match(text, "^[+-]?0[xX]%x+%.?%x*", position) or match(text, "^[+-]?0[xX]%.%x+", position)
  if hex then
    local exponent = match(text, "^[pP][+-]?%d+", position + #hex)
    return hex .. (exponent or "p0"), #hex + #(exponent or "")
  end
  local digits = match(text, "^[+-]?%d+%.?%d*", position) or match(text, "^[+-]?%.%d+", position)
  if not digits then
    return nil
  end
  local exponent = match(text, "^[eE][+-]?%d+", position + #digits)
  return digits .. (exponent or "e0"), #digits + #(exponent or "")
end

-- Infinity and NaN, as strtod spells them: value and length, or nil.
local function special_number(text, position)
  local sign, word = match(text, "^([+-]?)(%a+)", position)
  word = word and lower(word)
  if not word then
    return nil
  end
  local factor = sign == "-" and -1 or 1
  if match(word, "^infinity") then
    return factor / 0, #sign + 8
  elseif match(word, "^inf") then
    return factor / 0, #sign + 3
  elseif match(word, "^nan") then
    local payload = match(text, "^%([%w_]*%)", position + #sign + 3) or ""
    return 0 / 0, #sign + 3 + #payload
  end
end

-- What a literal means to strtod that tonumber does not take: LuaJIT refuses exponents of many digits.
local function beyond(literal)
  local zero = find(literal, "[eEpP]%-") or not find(match(literal, "^[^eEpP]*"), "[1-9]")
  local size = zero and 0 or huge
  return sub(literal, 1, 1) == "-" and -size or size
end

local function number_token(text, position, lenient)
  if lenient then
    local value, length = special_number(text, position)
    if value then
      return "T_NUMBER", position, position + length, value
    end
  elseif find(text, "^-?0[xX%d]", position) then
    return "invalid number", position
  end
  local literal, length = number_text(text, position)
  if not literal then
    return "invalid number", position
  end
  return "T_NUMBER", position, position + length, tonumber(literal) or beyond(literal)
end

return function(text, position, lenient)
  position = find(text, "[^ \t\n\r]", position)
  if not position then
    return "T_END", #text + 1
  end
  local first = sub(text, position, position)
  if PUNCTUATION[first] then
    return PUNCTUATION[first], position, position + 1
  elseif first == '"' then
    return string_token(text, position)
  elseif find(first, lenient and "[-+%d]" or "[-%d]") then
    return number_token(text, position, lenient)
  end
  for i = 1, #WORDS do
    local _, stop = find(text, WORDS[i][1], position)
    if stop then
      return WORDS[i][2], position, stop + 1, WORDS[i][3]
    end
  end
  if lenient and special_number(text, position) then
    return number_token(text, position, lenient)
  end
  return "invalid token", position
end
