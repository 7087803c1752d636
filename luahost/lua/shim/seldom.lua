-- What the shim seldom needs: lists, text that may be no UTF-8, and what becomes of a transaction that was not taken.

-- Characters of more than one byte, but for the last byte (RFC 3629).
local CHARACTERS = {
  "[\194-\223]", "\224[\160-\191]", "[\225-\236\238\239][\128-\191]", "\237[\128-\159]",
  "\240[\144-\191][\128-\191]", "[\241-\243][\128-\191][\128-\191]", "\244[\128-\143][\128-\191]",
}

-- What no server will ever take: the transaction itself is at fault.
local REFUSED = { [400] = true, [413] = true, [422] = true }

-- What is over by itself: the server is away or busy.
local LATER = { [429] = true, [503] = true }

local seldom = {}

-- JSON of a text: {"bytes": "<hex>"} if it is no UTF-8.
function seldom.text(value)
  local rest = value
  for _, character in ipairs(CHARACTERS) do
    rest = rest:gsub(character .. "[\128-\191]", "?")
  end
  if rest:find("[\128-\255]") then
    return '{"bytes":"' .. value:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end) .. '"}'
  end
  return '"' .. value:gsub('[%c"\\]', function(character) return ("\\u%04x"):format(character:byte()) end) .. '"'
end

-- JSON of a list, by the JSON of its items.
function seldom.list(list, json)
  local items = {}
  for place = 1, #list do
    local text, quote = json(list[place])
    items[place] = quote .. text .. quote
  end
  return "[" .. table.concat(items, ",") .. "]"
end

-- Whole or not at all: nobody sees a file of this name before it has everything.
local function written(folder, name, text)
  local temporary = folder .. "/." .. name .. ".tmp"
  local file, words = io.open(temporary, "wb")
  if not file then
    return nil, words
  end
  local ok
  ok, words = file:write(text)
  local closed, late = file:close()
  if ok and closed then
    ok, words = os.rename(temporary, folder .. "/" .. name)
  elseif ok then
    ok, words = nil, late
  end
  if not ok then
    os.remove(temporary)
  end
  return ok, words
end

-- Keep a transaction that was not taken, and say so in the log.
function seldom.not_taken(folder, body, key, status, words, answer)
  local refused = REFUSED[status]
  local why = tostring(words)
  if status and status < 1000 then
    why = ("the server answered %s %s %s"):format(status, why, tostring(answer or ""):gsub("%s+", " "):sub(1, 300))
  end
  local log = (LATER[status] or not status or status > 999) and dovecot.i_warning or dovecot.i_error
  if not folder then
    dovecot.i_error("luahost shim: a transaction is lost, as no spool directory is set: " .. why)
    return
  end
  -- In order of time; within a second a process's own are in order, too.
  local name = ("%010.0f-%013.0f-%s.%s"):format(os.time(), os.clock() * 1000000, key, refused and "json.bad" or "json")
  local ok, problem = written(folder, name, body)
  if not ok then
    dovecot.i_error("luahost shim: a transaction is lost: " .. why .. "; it cannot be kept: " .. tostring(problem))
  elseif refused then
    log(("luahost shim: a transaction is refused and kept in %s/%s: %s"):format(folder, name, why))
  else
    log(("luahost shim: a transaction waits for the server in %s/%s: %s"):format(folder, name, why))
  end
end

return seldom
