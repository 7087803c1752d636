-- json.rapidjson_decode: reads JSON as RapidJSON 1.1 does under lua-rapidjson: RFC 8259, strictly.
--
--   decode(text, types) → next, value
--                       → nil, message in RapidJSON's words, offset in bytes from 0
--
-- `types` has the metatables of `objects` and `arrays`, and `null`. RapidJSON stops at a NUL.

local find, match, sub = string.find, string.match, string.sub
local concat, huge, setmetatable, tonumber = table.concat, math.huge, setmetatable, tonumber
local _, _, import = ...
local utf8 = import("json.utf8")

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function skip(text, position)
  return find(text, "[^ \n\r\t]", position) or #text + 1
end

local function fail(message, position)
  return nil, message, position - 1
end

local HEX = "Incorrect hex digit after \\u escape in string."
local SURROGATE = "The surrogate pair in string is invalid."

-- The \u escape at a position: where it ends and its bytes.
local function unicode(text, position)
  local code = tonumber(match(text, "^%x%x%x%x", position + 2) or "", 16)
  if not code then
    return fail(HEX, position)
  elseif code < 0xD800 or code > 0xDBFF then
    return position + 6, utf8(code)
  elseif sub(text, position + 6, position + 7) ~= "\\u" then
    return fail(SURROGATE, position)
  end
  local low = tonumber(match(text, "^%x%x%x%x", position + 8) or "", 16)
  if not low then
    return fail(HEX, position)
  elseif low < 0xDC00 or low > 0xDFFF then
    return fail(SURROGATE, position)
  end
  return position + 12, utf8(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00)
end

local function read_string(text, start)
  local pieces, n, from = {}, 0, start + 1
  while true do
    local stop = find(text, '[%c"\\]', from)
    while stop and sub(text, stop, stop) == "\127" do
      stop = find(text, '[%c"\\]', stop + 1)
    end
    if not stop then
      return fail("Missing a closing quotation mark in string.", #text + 1)
    end
    local found, name = sub(text, stop, stop), sub(text, stop + 1, stop + 1)
    n = n + 1
    pieces[n] = sub(text, from, stop - 1)
    if found == '"' then
      return stop + 1, concat(pieces)
    elseif found == "\\" and name == "u" then
      local after, bytes, offset = unicode(text, stop)
      if not after then
        return nil, bytes, offset
      end
      n = n + 1
      pieces[n], from = bytes, after
    elseif found == "\\" and ESCAPES[name] then
      n = n + 1
      pieces[n], from = ESCAPES[name], stop + 2
    else
      return fail("Invalid escape character in string.", stop)
    end
  end
end

local function read_number(text, start)
  local stop = match(text, "^%-?0()", start) or match(text, "^%-?%d+()", start)
  if not stop then
    return fail("Invalid value.", match(text, "^%-?()", start))
  end
  if sub(text, stop, stop) == "." then
    local after = match(text, "^%d+()", stop + 1)
    if not after then
      return fail("Miss fraction part in number.", stop + 1)
    end
    stop = after
  end
  local exponent = match(text, "^[eE][-+]?()", stop)
  if exponent then
    stop = match(text, "^%d+()", exponent)
    if not stop then
      return fail("Miss exponent in number.", exponent)
    end
  end
  local number = tonumber(sub(text, start, stop - 1))
  -- LuaJIT answers nil to an exponent of many digits.
  if not number or number == huge or number == -huge then
    return fail("Number too big to be stored in double.", start)
  end
  return stop, number
end

-- A word that must stand there; the offset of a fault is that of the first wrong letter.
local function read_word(text, start, word, value)
  for index = 1, #word do
    if sub(text, start + index - 1, start + index - 1) ~= sub(word, index, index) then
      return fail("Invalid value.", start + index - 1)
    end
  end
  return start + #word, value
end

local read

local function read_array(text, start, types)
  local result, n = setmetatable({}, types.arrays), 0
  local position = skip(text, start + 1)
  if sub(text, position, position) == "]" then
    return position + 1, result
  end
  while true do
    local after, value, offset = read(text, position, types)
    if not after then
      return nil, value, offset
    end
    n = n + 1
    result[n] = value
    position = skip(text, after)
    local mark = sub(text, position, position)
    if mark == "]" then
      return position + 1, result
    elseif mark ~= "," then
      return fail("Missing a comma or ']' after an array element.", position)
    end
    position = skip(text, position + 1)
  end
end

local function read_object(text, start, types)
  local result = setmetatable({}, types.objects)
  local position = skip(text, start + 1)
  if sub(text, position, position) == "}" then
    return position + 1, result
  end
  while true do
    if sub(text, position, position) ~= '"' then
      return fail("Missing a name for object member.", position)
    end
    local after, key, offset = read_string(text, position)
    if not after then
      return nil, key, offset
    end
    position = skip(text, after)
    if sub(text, position, position) ~= ":" then
      return fail("Missing a colon after a name of object member.", position)
    end
    local value
    after, value, offset = read(text, skip(text, position + 1), types)
    if not after then
      return nil, value, offset
    end
    result[key] = value
    position = skip(text, after)
    local mark = sub(text, position, position)
    if mark == "}" then
      return position + 1, result
    elseif mark ~= "," then
      return fail("Missing a comma or '}' after an object member.", position)
    end
    position = skip(text, position + 1)
  end
end

function read(text, position, types)
  local first = sub(text, position, position)
  if first == "{" then
    return read_object(text, position, types)
  elseif first == "[" then
    return read_array(text, position, types)
  elseif first == '"' then
    return read_string(text, position)
  elseif first == "t" then
    return read_word(text, position, "true", true)
  elseif first == "f" then
    return read_word(text, position, "false", false)
  elseif first == "n" then
    return read_word(text, position, "null", types.null)
  end
  return read_number(text, position)
end

return function(text, types)
  local nul = find(text, "\0", 1, true)
  if nul then
    text = sub(text, 1, nul - 1)
  end
  local position = skip(text, 1)
  if position > #text then
    return fail("The document is empty.", position)
  end
  local after, value, offset = read(text, position, types)
  if not after then
    return nil, value, offset
  end
  position = skip(text, after)
  if position <= #text then
    return fail("The document root must not be followed by other values.", position)
  end
  return after, value
end
