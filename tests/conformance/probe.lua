-- The script of the recordings, written again: each callback that the push driver makes is printed as one line
-- of JSON, in the form that fixtures/oracle/README.md describes. A chunk in a file case.WHERE.lua beside it is
-- run in the callback of that name, and what it returns or raises is printed too.
-- luacheck: globals script_init script_deinit dovecot_lua_notify_begin_txn dovecot_lua_notify_end_txn

local folder, name = debug.getinfo(1, "S").source:match("^@(.*)/([^/]*)%.lua$")
local print, debug = print, debug

-- Tells this Lua state from others; an address alone may come again.
local instance = tostring({}):gsub("^table: ", "") .. "@" .. os.clock()

local encode

local function encode_string(text)
  if not utf8.len(text) then
    return '{"bytes":"' .. text:gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end) .. '"}'
  end
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function encode_number(number)
  if math.type(number) == "integer" then
    return ("%d"):format(number)
  elseif number ~= number or number == math.huge or number == -math.huge then
    return ('{"float":"%s"}'):format(number ~= number and "nan" or tostring(number))
  end
  local digits = ("%.17g"):format(number)
  return ('{"float":%s}'):format(digits:find("[.e]") and digits or digits .. ".0")
end

local function encode_table(value)
  local keys, all_strings, count = {}, true, 0
  for key in next, value do
    keys[#keys + 1] = key
    count = count + 1
    all_strings = all_strings and type(key) == "string"
  end
  local parts = {}
  if count == 0 and not debug.getmetatable(value) then
    return "[]"
  elseif all_strings then
    for _, key in ipairs(keys) do
      parts[#parts + 1] = encode_string(key) .. ":" .. encode(rawget(value, key))
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  if count == #value then
    for index = 1, count do
      parts[index] = encode(rawget(value, index))
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for _, key in ipairs(keys) do
    parts[#parts + 1] = "[" .. encode(key) .. "," .. encode(rawget(value, key)) .. "]"
  end
  return '{"map":[' .. table.concat(parts, ",") .. "]}"
end

function encode(value)
  local kind = type(value)
  if kind == "nil" then
    return "null"
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "string" then
    return encode_string(value)
  elseif kind == "number" then
    return encode_number(value)
  elseif kind == "table" then
    local text = encode_table(value)
    return debug.getmetatable(value) and '{"object":' .. text .. "}" or text
  elseif kind == "function" then
    -- luahost's own functions stand for Dovecot's, which are C functions.
    local info = debug.getinfo(value, "S")
    local of_c = info.what == "C" or info.source:find("^@luahost/lua/")
    return '{"function":"' .. (of_c and "C" or "Lua") .. '"}'
  end
  return '{"userdata":"' .. (debug.getmetatable(value) ~= nil and "full" or "light") .. '"}'
end

-- A call as JSON: `fields` is a list of name, value, name, value …; a value that is JSON already is in a box.
local function emit(fn, fields)
  local parts = { '"fn":' .. encode(fn), '"inst":' .. encode(instance), '"script":' .. encode(name) }
  for i = 1, #fields, 2 do
    local value = fields[i + 1]
    parts[#parts + 1] = encode(fields[i]) .. ":" .. (type(value) == "table" and value.json or encode(value))
  end
  print("call {" .. table.concat(parts, ",") .. "}")
end

local function list(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = encode((select(i, ...)))
  end
  return { json = "[" .. table.concat(parts, ",") .. "]" }
end

local function report(where, ok, ...)
  if ok then
    emit("case", { "where", where, "ok", true, "ret", list(...) })
  else
    emit("case", { "where", where, "ok", false, "err", { json = encode((...)) } })
  end
end

local function run_case(where, user, ctx, event)
  local file = io.open(folder .. "/case." .. where .. ".lua")
  if file then
    local text = file:read("a")
    file:close()
    local chunk = assert(load("local user, ctx, event = ... " .. text, "@case.lua", "t"))
    emit("case_start", { "where", where })
    report(where, pcall(chunk, user, ctx, event))
  end
end

run_case("toplevel")

function script_init(...)
  emit("script_init", { "nargs", select("#", ...), "args", list(...) })
  run_case("script_init")
  return 0
end

function script_deinit(...)
  emit("script_deinit", { "nargs", select("#", ...), "args", list(...) })
  run_case("script_deinit")
end

local transactions = 0
-- Weak: Dovecot dies of a user that is still held when the session ends, and the context holds one.
local latest = setmetatable({}, { __mode = "v" })

function dovecot_lua_notify_begin_txn(...)
  local user = ...
  transactions = transactions + 1
  local ctx = { txn = transactions, user = user }
  latest.ctx = ctx
  emit("dovecot_lua_notify_begin_txn", { "nargs", select("#", ...), "txn", transactions, "user", user.username })
  run_case("begin_txn", user, ctx)
  return ctx
end

for _, event_name in ipairs({
  "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe", "mailbox_unsubscribe",
  "message_new", "message_append", "message_expunge", "message_read", "message_trash",
  "flags_set", "flags_clear",
}) do
  local fn = "dovecot_lua_notify_event_" .. event_name
  _G[fn] = function(...)
    local ctx, event = ...
    emit(fn, {
      "nargs", select("#", ...), "txn", ctx.txn, "ctx_same", rawequal(ctx, latest.ctx),
      "event", { json = encode(event) },
    })
    run_case(event_name, ctx.user, ctx, event)
  end
end

function dovecot_lua_notify_end_txn(...)
  local ctx, success = ...
  emit("dovecot_lua_notify_end_txn", {
    "nargs", select("#", ...), "txn", ctx.txn, "ctx_same", rawequal(ctx, latest.ctx), "success", success,
  })
  run_case("end_txn", ctx.user, ctx)
end
