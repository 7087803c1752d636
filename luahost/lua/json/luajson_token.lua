-- json.luajson_token: the words of JSON, and of much of JavaScript, as luajson 1.3.4 reads them.
--
--   token(text, position, options) → kind, next, value
--                                  → nil, message in luajson's words
--
-- `kind` is a bracket, "," or ":" as it stands, "value", or "end".

local char, find, format = string.char, string.find, string.format
local gsub, match, sub = string.gsub, string.match, string.sub
local concat, huge, tonumber = table.concat, math.huge, tonumber
local _, _, import = ...
local utf8 = import("json.utf8")

-- U+0085 U+00A0, U+1680, U+180E, U+2000-200B U+2028 U+2029 U+202F, U+205F, U+3000, U+FEFF
local UNICODE_SPACE = {
  "^\194[\133\160]", "^\225\154\128", "^\225\160\142", "^\226\128[\128-\139\168\169\175]", "^\226\129\159",
  "^\227\128\128", "^\239\187\191",
}

local ESCAPES = {
  ['"'] = '"', ["'"] = "'", ["\\"] = "\\", ["/"] = "/",
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", v = "\v", z = "",
}

-- Lines are counted from 0, columns from 1. As in luajson, a line needs a character of its own before
-- the one in question; else the column counts from the beginning of the text.
local function line_column(text, position)
  local line, start, newline = 0, 1, find(text, "\n", 1, true)
  while newline and newline <= position do
    line = line + 1
    start = newline < position and newline + 1 or start
    newline = find(text, "\n", newline + 1, true)
  end
  if start == position then
    start = 1
  end
  return line, position - start + 1, start
end

local function complaint(what, text, position)
  local line, column, start = line_column(text, position)
  return format("%s @ character: %d %d:%d [", what, position, line, column)
    .. sub(text, position, position) .. "] line:\n" .. sub(text, start, position)
end

-- Each answers a message.
local function unexpected(text, position)
  return complaint("unexpected character", text, position)
end

local function denied(what, option, text, position)
  return complaint("'" .. what .. "' denied" .. (option and " by option set '" .. option .. "'" or ""), text, position)
end

-- The position behind a comment or a Unicode space, or nil.
local function skip_one(text, position, unicode)
  if find(text, "^/%*", position) then
    local _, stop = find(text, "*/", position + 2, true)
    return stop and stop + 1
  end
  local _, stop = find(text, "^//[^\n]*\n", position)
  if stop then
    return stop + 1
  end
  for index = 1, unicode and #UNICODE_SPACE or 0 do
    _, stop = find(text, UNICODE_SPACE[index], position)
    if stop then
      return stop + 1
    end
  end
end

local function skip(text, position, unicode)
  while true do
    position = find(text, "[^ \t\n\v\f\r]", position)
    -- Comments begin with a slash, Unicode spaces beyond ASCII.
    if not position or not find(text, "^[/\128-\255]", position) then
      return position
    end
    local after = skip_one(text, position, unicode)
    if not after then
      return position
    end
    position = after
  end
end

local function illegal(what, text, position)
  local line, column = line_column(text, position <= #text and position or #text)
  local shown = format("%q", sub(text, position, position))
  return nil, "Illegal " .. what .. " in string [" .. shown .. "] @ " .. line .. ":" .. column
end

-- The escape whose letter stands at a position: what it stands for and where it ends.
local function escape(text, position, options)
  local name = sub(text, position, position)
  local allowed = options.escapeCheck
  if name == "" or not find(allowed, name, 1, true) then
    return illegal("escape", text, position)
  elseif name == "u" then
    local high, low = match(text, "^(%x%x)(%x%x)", position + 1)
    if not high then
      return illegal("unicode escape", text, position + 1)
    end
    return options.decodeUnicode(high, low), position + 5
  elseif name == "x" then
    local hex = match(text, "^%x%x", position + 1)
    if not hex then
      return illegal("hex escape", text, position + 1)
    end
    return char(tonumber(hex, 16)), position + 3
  end
  return ESCAPES[name], position + 1
end

-- The characters of a set as a pattern for one of them. Each set is worked out once.
local patterns = {}

local function one_of(set)
  local pattern = patterns[set]
  if not pattern then
    pattern = "[" .. gsub(set, "%W", "%%%0") .. "]"
    patterns[set] = pattern
  end
  return pattern
end

local function string_token(text, start, options)
  local quote = sub(text, start, start)
  local stopping = one_of(quote .. "\\" .. options.badChars)
  local pieces, n, from = {}, 0, start + 1
  while true do
    local stop = find(text, stopping, from)
    local found = stop and sub(text, stop, stop)
    if found == quote then
      pieces[n + 1] = sub(text, from, stop - 1)
      return "value", stop + 1, concat(pieces)
    elseif found ~= "\\" then
      return nil, unexpected(text, start)
    end
    pieces[n + 1] = sub(text, from, stop - 1)
    pieces[n + 2], from = escape(text, stop + 1, options)
    if not pieces[n + 2] then
      return nil, from
    end
    n = n + 2
  end
end

local PARTS = { { "^%.%d+", "frac", "Fractions" }, { "^[eE][+-]?%d+", "exp", "Exponents" } }

local function number_token(text, start, options)
  local hex = match(text, "^0[xX]%x+", start)
  if hex then
    if not options.hex then
      return nil, denied("Hexadecimal", "number.hex", text, start)
    end
    return "value", start + #hex, tonumber(hex)
  end
  local literal = match(text, "^-?%d+", start)
  if find(literal, "^-?0%d") then
    return nil, denied("Octal numbers", nil, text, start + (find(literal, "%d") - 1))
  end
  local stop = start + #literal
  for index = 1, #PARTS do
    local piece = match(text, PARTS[index][1], stop)
    if piece then
      local option = PARTS[index][2]
      if not options[option] then
        return nil, denied(PARTS[index][3], "number." .. option, text, stop)
      end
      literal, stop = literal .. piece, stop + #piece
    end
  end
  return "value", stop, tonumber(literal)
end

local function word_token(text, position, options)
  local _, stop = find(text, "^-?Infinity", position)
  if stop then
    if not options.number.inf then
      return nil, denied("+/-Inf", "number.inf", text, position)
    end
    return "value", stop + 1, sub(text, position, position) == "-" and -huge or huge
  end
  _, stop = find(text, "^[nN][aA][nN]", position)
  if stop then
    if not options.number.nan then
      return nil, denied("NaN", "number.nan", text, position)
    end
    return "value", stop + 1, 0 / 0
  elseif find(text, "^true", position) then
    return "value", position + 4, true
  elseif find(text, "^false", position) then
    return "value", position + 5, false
  elseif find(text, "^null", position) then
    return "value", position + 4, options.others.null or nil
  elseif find(text, "^undefined", position) then
    if not options.others.allowUndefined then
      return nil, denied("undefined", "others.allowUndefined", text, position)
    end
    return "value", position + 9, options.others.undefined or nil
  end
  return nil, unexpected(text, position)
end

local PUNCTUATION = { ["["] = true, ["]"] = true, ["{"] = true, ["}"] = true, [","] = true, [":"] = true }

local token = {}

function token.next(text, position, options)
  position = skip(text, position, options.unicodeWhitespace)
  if not position then
    return "end"
  end
  local first = sub(text, position, position)
  if PUNCTUATION[first] then
    return first, position + 1
  elseif first == '"' or first == "'" and not options.strings.strict_quotes then
    return string_token(text, position, options.strings)
  elseif find(text, "^-?%d", position) then
    return number_token(text, position, options.number)
  end
  local name = options.object.identifier and match(text, "^[%a_][%w_]*", position)
  if name then
    local after = skip(text, position + #name, options.unicodeWhitespace)
    if after and sub(text, after, after) == ":" then
      return "value", position + #name, name
    end
  end
  return word_token(text, position, options)
end

-- The default of strings.decodeUnicode: what \u and two pairs of hex digits say, in UTF-8. Surrogates
-- stay apart.
function token.decode_unicode(high, low)
  return utf8(tonumber(high .. low, 16))
end

token.unexpected = unexpected

return token
