-- Writes each call that a Lua driver makes as a line of JSON to calls.jsonl, in the folder of this script.
--
-- It runs in Dovecot and in luahost alike. Integers and floats stay apart (1 and 1.0); text that is no
-- UTF-8 stands as {"hex": "…"}. `load` tells one loading of the script from another, `transaction` is what
-- begin_txn put into the context, so that overlapping transactions can be told apart.
local PREFIX = "dovecot_lua_notify_"
local CALLS = debug.getinfo(1, "S").source:match("^@(.*/)") .. "calls.jsonl"

local function process()
  local status = assert(io.open("/proc/self/stat", "r"))
  local number = status:read("n")
  status:close()
  return math.tointeger(number)
end

-- Two loads in one process may be given the same address, but not at the same moment.
local LOAD = string.format("%d %s %.9f", process(), tostring({}), os.clock())

local json

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\" }

local function json_text(text)
  if not utf8.len(text) then
    return '{"hex":"' .. text:gsub(".", function(byte) return string.format("%02x", byte:byte()) end) .. '"}'
  end
  return '"' .. text:gsub('[%c"\\]', function(character)
    return ESCAPES[character] or string.format("\\u%04x", character:byte())
  end) .. '"'
end

local function json_number(number)
  if math.type(number) == "integer" then
    return string.format("%d", number)
  end
  local shown = string.format("%.17g", number)
  return shown:find("[.en]") and shown or shown .. ".0"
end

local function json_table(value)
  local names, parts = {}, {}
  for name in next, value do
    names[#names + 1] = name
  end
  if #names == #value then
    for place, item in ipairs(value) do
      parts[place] = json(item)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  table.sort(names, function(left, right) return tostring(left) < tostring(right) end)
  for place, name in ipairs(names) do
    parts[place] = json_text(tostring(name)) .. ":" .. json(value[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local WRITERS = { string = json_text, number = json_number, table = json_table }

function json(value)
  local write = WRITERS[type(value)] or tostring
  return write(value)
end

local function seen(call)
  call.load = LOAD
  local file = assert(io.open(CALLS, "a"))
  file:write(json(call) .. "\n")
  file:close()
end

function script_init(...)
  seen({ call = "script_init", arguments = select("#", ...) })
  return 0
end

function script_deinit(...)
  seen({ call = "script_deinit", arguments = select("#", ...) })
end

local transactions = 0

function dovecot_lua_notify_begin_txn(...)
  local user = ...
  transactions = transactions + 1
  seen({ call = "begin_txn", arguments = select("#", ...), transaction = transactions, user = user.username })
  -- The number alone: a user that is kept beyond end_txn makes Dovecot panic.
  return { transaction = transactions }
end

for _, event_name in ipairs({
  "flags_clear", "flags_set", "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe",
  "mailbox_unsubscribe", "message_append", "message_expunge", "message_new", "message_read", "message_trash",
}) do
  local name = "event_" .. event_name
  _G[PREFIX .. name] = function(...)
    local context, event = ...
    seen({ call = name, arguments = select("#", ...), transaction = context.transaction, event = event })
  end
end

function dovecot_lua_notify_end_txn(...)
  local context, success = ...
  seen({ call = "end_txn", arguments = select("#", ...), transaction = context.transaction, success = success })
end
