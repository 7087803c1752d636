-- json.dkjson_decode: reads JSON, and much that is none, as dkjson 2.6 does.
--
-- Commas may be missing or stand at the end, /* */ and // comments count as space, a key may be any
-- value, and the text may go on after the value. What is wrong comes back as nil, position, message.

local find, format, match, sub = string.find, string.format, string.match, string.sub
local concat, select, tonumber = table.concat, select, tonumber
local setmetatable = setmetatable
local _, check, import = ...
local utf8 = import("json.utf8")

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- "line 1, column 5"
local function place(text, position)
  local line, start, newline = 1, 1, find(text, "\n", 1, true)
  while newline and newline < position do
    line, start = line + 1, newline + 1
    newline = find(text, "\n", start, true)
  end
  return format("line %d, column %d", line, position - start + 1)
end

-- The first position that is neither space nor comment, nil at the end.
local function skip(text, position)
  while true do
    position = find(text, "%S", position)
    if not position then
      return nil
    end
    local two = sub(text, position, position + 1)
    if two == "\239\187" and sub(text, position + 2, position + 2) == "\191" then
      position = position + 3
    elseif two == "//" then
      position = find(text, "[\n\r]", position + 2)
    elseif two == "/*" then
      local _, stop = find(text, "*/", position + 2, true)
      position = stop and stop + 1
    else
      return position
    end
    if not position then
      return nil
    end
  end
end

local function unterminated(what, text, start)
  return nil, #text + 1, "unterminated " .. what .. " at " .. place(text, start)
end

-- What a \u escape at a position says. dkjson asks tonumber, which also takes space and signs.
local function code_unit(text, position)
  local code = sub(text, position, position + 1) == "\\u" and tonumber(sub(text, position + 2, position + 5), 16)
  return code and code >= 0 and code <= 0xFFFF and code
end

-- The \u escape at a position, or two of them that make a pair: code point and what follows.
local function unicode(text, position)
  local code = code_unit(text, position)
  if code and code >= 0xD800 and code <= 0xDBFF then
    local low = code_unit(text, position + 6)
    if low and low >= 0xDC00 and low <= 0xDFFF then
      return 0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00, position + 12
    end
  end
  return code, position + 6
end

local function read_string(text, start)
  local pieces, n, from = {}, 0, start + 1
  while true do
    local stop = find(text, '["\\]', from)
    if not stop then
      return unterminated("string", text, start)
    end
    n = n + 1
    pieces[n] = sub(text, from, stop - 1)
    if sub(text, stop, stop) == '"' then
      return concat(pieces), stop + 1
    end
    local code, after = unicode(text, stop)
    n = n + 1
    if code then
      pieces[n], from = utf8(code), after
    else
      local name = sub(text, stop + 1, stop + 1)
      pieces[n], from = ESCAPES[name] or name, stop + 2
    end
  end
end

local read

-- An array or object; both take `value` and `key : value`.
local function read_table(text, start, closing, what, meta, options)
  local result, n, position = {}, 0, start + 1
  if meta then
    setmetatable(result, meta)
  end
  while true do
    position = skip(text, position)
    if not position then
      return unterminated(what, text, start)
    end
    if sub(text, position, position) == closing then
      return result, position + 1
    end
    local value, message
    value, position, message = read(text, position, options)
    if message then
      return nil, position, message
    end
    position = skip(text, position)
    if not position then
      return unterminated(what, text, start)
    end
    local mark = sub(text, position, position)
    if mark == ":" then
      if value == nil then
        return nil, position, "cannot use nil as table index (at " .. place(text, position) .. ")"
      end
      position = skip(text, position + 1)
      if not position then
        return unterminated(what, text, start)
      end
      local key = value
      value, position, message = read(text, position, options)
      if message then
        return nil, position, message
      end
      result[key] = value
      position = skip(text, position)
      if not position then
        return unterminated(what, text, start)
      end
      mark = sub(text, position, position)
    else
      n = n + 1
      result[n] = value
    end
    if mark == "," then
      position = position + 1
    end
  end
end

function read(text, position, options)
  position = skip(text, position or 1)
  if not position then
    return nil, #text + 1, "no valid JSON value (reached the end)"
  end
  local first = sub(text, position, position)
  if first == "{" then
    return read_table(text, position, "}", "object", options.object_meta, options)
  elseif first == "[" then
    return read_table(text, position, "]", "array", options.array_meta, options)
  elseif first == '"' then
    return read_string(text, position)
  end
  local _, stop = find(text, "^%-?[%d%.]+[eE]?[%+%-]?%d*", position)
  local number = stop and tonumber(sub(text, position, stop))
  if number then
    return number, stop + 1
  end
  local word = match(text, "^%a%w*", position)
  if word == "true" or word == "false" then
    return word == "true", position + #word
  elseif word == "null" then
    return options.null, position + 4
  end
  return nil, position, "no valid JSON value at " .. place(text, position)
end

-- decode(text, position, null, object_meta, array_meta); metatables that are left out are made.
return function(text, position, null, ...)
  text = check.string(1, text)
  position = position ~= nil and check.integer(2, position) or nil
  local options = { null = null }
  if select("#", ...) > 0 then
    options.object_meta, options.array_meta = ...
  else
    options.object_meta, options.array_meta = { __jsontype = "object" }, { __jsontype = "array" }
  end
  return read(text, position, options)
end
