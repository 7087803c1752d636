-- json.luajson_decode: reads JSON as luajson 1.3.4 does.
--
-- luajson does not know a grammar: it holds one value until a comma, colon or bracket says what to do
-- with it, and so lets some texts pass that are no JSON. That is kept, with one exception: brackets
-- must match. It builds broken tables where they do not.

local rawset, tonumber, type = rawset, tonumber, type
local _, _, import = ...
local token, util = import("json.luajson_token"), import("json.luajson_util")

-- What each operation does to the frame of the innermost open bracket. A frame has
--   table, kind; filled and value: the value that waits; key and keyed; count of items
-- and each operation answers a message if it cannot.

local function set_value(frame, value)
  if frame.filled then
    return "Value set when one already in slot"
  end
  frame.filled, frame.value = true, value
end

local function set_key(frame, options)
  if frame.kind ~= "{" then
    return "Cannot set key on array"
  elseif not frame.filled then
    return "Previous value not set"
  end
  local kind = type(frame.value)
  if kind ~= "string" and not options.object.number then
    return "As configured, a key must be a string"
  elseif kind ~= "string" and kind ~= "number" then
    return "As configured, a key must be a number or string"
  end
  frame.keyed, frame.key, frame.filled = true, frame.value, false
end

-- The value of an item that was left out, if the options allow that.
local function fill(frame, options)
  if frame.filled then
    return
  elseif not (frame.kind == "[" and options.array or options.object).allowEmptyElement then
    return "Previous value not set"
  end
  local others = options.others
  frame.filled, frame.value = true, (others.allowUndefined and others.undefined or others.null) or nil
end

local function put_item(frame, options)
  local message
  if frame.kind == "{" and not frame.keyed then
    return "Missing key value"
  end
  message = fill(frame, options)
  if message then
    return message
  end
  frame.count = frame.count + 1
  if frame.kind == "[" then
    frame.table[frame.count] = frame.value
  else
    options.object.setObjectKey(frame.table, frame.key, frame.value)
  end
  frame.filled, frame.keyed, frame.value, frame.key = false, false, nil, nil
end

local function close(frame, options)
  local pending
  if frame.kind == "[" then
    pending = frame.filled or frame.count > 0 and not options.array.trailingComma
  else
    pending = frame.keyed or not options.object.trailingComma and (frame.filled or frame.count > 0)
  end
  local message = pending and put_item(frame, options)
  if message then
    return message
  end
  if frame.kind == "[" and #frame.table ~= frame.count then
    frame.table.n = frame.count
  end
end

local function open(kind)
  return { kind = kind, table = kind == "[" and util.InitArray({}) or {}, count = 0 }
end

local OPENING = { ["]"] = "[", ["}"] = "{" }

-- Handles one token; answers the frame that is open then, or nil and a message.
local function step(frames, frame, kind, value, options)
  local message
  if kind == "value" then
    message = set_value(frame, value)
  elseif kind == ":" then
    message = set_key(frame, options)
  elseif kind == "," then
    message = put_item(frame, options)
  elseif kind == "[" or kind == "{" then
    frames[#frames + 1] = frame
    return open(kind)
  else
    message = close(frame, options)
    if not message then
      local outer = frames[#frames]
      frames[#frames] = nil
      -- luajson forgets a value that waits when a bracket opens.
      outer.filled, outer.value = true, frame.table
      return outer
    end
  end
  if message then
    return nil, message
  end
  return frame
end

-- decode(text, options) → true, value or nil, message
--
-- luajson first finds all words and then looks what they say, so a fault in a word is told before one
-- that stands further to the left.
local function decode(text, options)
  local frames, frame, position = {}, { kind = "root", count = 0 }, 1
  local message
  while true do
    local kind, after, value = token.next(text, position, options)
    if kind == "end" then
      break
    elseif not kind then
      return nil, after
    end
    if not message then
      if OPENING[kind] and frame.kind ~= OPENING[kind] or kind == "," and frame.kind == "root" then
        message = token.unexpected(text, after - 1)
      else
        frame, message = step(frames, frame, kind, value, options)
      end
    end
    position = after
  end
  if message then
    return nil, message
  end
  local root = frames[1] or frame
  if options.initialObject and (#frames > 0 or type(root.value) ~= "table") then
    return nil, "Initial value not an object or array"
  elseif #frames > 0 then
    return nil, "Unclosed elements present"
  end
  return true, root.value
end

local M = { decode = decode }

M.default = {
  unicodeWhitespace = true, initialObject = false, nothrow = false,
  array = { allowEmptyElement = false, trailingComma = true },
  calls = { allowEmptyElement = false, allowUndefined = false, trailingComma = true },
  number = { exp = true, frac = true, hex = false, inf = true, nan = true },
  object = { allowEmptyElement = false, identifier = true, number = true, setObjectKey = rawset, trailingComma = true },
  others = { allowUndefined = true, null = util.null, undefined = util.undefined },
  strings = {
    additionalEscapes = false, badChars = "", decodeUnicode = token.decode_unicode,
    escapeCheck = "bfnrtv/\\\"xu'z", strict_quotes = false,
  },
}

M.simple = util.with_defaults(M.default, { others = { null = false, undefined = false } })

M.strict = util.with_defaults(M.default, {
  initialObject = true,
  array = { trailingComma = false },
  number = { inf = false, nan = false },
  object = { identifier = false, number = false, trailingComma = false },
  others = { allowUndefined = false },
  strings = { badChars = "\b\f\n\r\t\v", escapeCheck = "bfnrtv/\\\"u", strict_quotes = true },
})

-- For object.setObjectKey: keys that look like numbers become numbers.
function M.force_number(into, key, value)
  rawset(into, tonumber(key) or key, value)
end

return M
