-- The script that runs one case of the api_* recordings: the chunk in the file case.WHERE.lua beside it
-- is run in the callback of that name, and what it returns or raises is printed as JSON, in the form
-- that fixtures/oracle/README.md describes.
-- luacheck: globals script_init script_deinit dovecot_lua_notify_begin_txn dovecot_lua_notify_end_txn

local folder = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")

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
  for index = 1, count do
    parts[index] = encode(rawget(value, index))
  end
  return "[" .. table.concat(parts, ",") .. "]"
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

local function case_result(ok, ...)
  if not ok then
    return '{"ok":false,"err":' .. encode((...)) .. "}"
  end
  local results = {}
  for i = 1, select("#", ...) do
    results[i] = encode((select(i, ...)))
  end
  return '{"ok":true,"ret":[' .. table.concat(results, ",") .. "]}"
end

local function run_case(where, user, ctx, event)
  local file = io.open(folder .. "/case." .. where .. ".lua")
  if file then
    local text = file:read("a")
    file:close()
    local chunk = assert(load("local user, ctx, event = ... " .. text, "@case.lua", "t"))
    print("case " .. case_result(pcall(chunk, user, ctx, event)))
  end
end

run_case("toplevel")

function script_init()
  run_case("script_init")
  return 0
end

function script_deinit()
  run_case("script_deinit")
end

local transactions = 0

function dovecot_lua_notify_begin_txn(user)
  transactions = transactions + 1
  local ctx = { txn = transactions, user = user }
  run_case("begin_txn", user, ctx)
  return ctx
end

for _, name in ipairs({
  "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe", "mailbox_unsubscribe",
  "message_new", "message_append", "message_expunge", "message_read", "message_trash",
  "flags_set", "flags_clear",
}) do
  _G["dovecot_lua_notify_event_" .. name] = function(ctx, event)
    run_case(name, ctx.user, ctx, event)
  end
end

function dovecot_lua_notify_end_txn(ctx)
  run_case("end_txn", ctx.user, ctx)
end
