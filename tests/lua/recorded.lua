-- recorded: runs the text of the setting `case` in the callback that the setting `where` names, and prints
-- what came of it as the JSON of the recordings: integers and floats apart, bytes that are no UTF-8 in hex.
--
-- luacheck: globals script_init dovecot_lua_notify_begin_txn dovecot_lua_notify_end_txn
-- luacheck: globals dovecot_lua_notify_event_message_new dovecot_lua_notify_event_mailbox_create
local function quoted(text)
  if not utf8.len(text) then
    return '{"bytes": "' .. text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end) .. '"}'
  end
  return '"' .. text:gsub('[%c"\\]', function(byte) return ("\\u%04x"):format(byte:byte()) end) .. '"'
end

local function value(one)
  if type(one) == "string" then
    return quoted(one)
  elseif math.type(one) == "float" then
    return ('{"float": %.17g}'):format(one)
  elseif type(one) == "table" then
    local parts = {}
    for i = 1, #one do
      parts[i] = value(one[i])
    end
    return "[" .. table.concat(parts, ", ") .. "]"
  end
  return one == nil and "null" or tostring(one)
end

local function report(ok, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = value((select(i, ...)))
  end
  if ok then
    print('{"ok": true, "ret": [' .. table.concat(parts, ", ") .. "]}")
  else
    print('{"ok": false, "err": ' .. parts[1] .. "}")
  end
end

local function run(where, user, ctx, event)
  if os.getenv("where") == where then
    local chunk = assert(load("local user, ctx, event = ... " .. os.getenv("case"), "@case.lua"))
    report(pcall(chunk, user, ctx, event))
  end
end

run("toplevel")

function script_init()
  run("script_init")
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  run("begin_txn", user)
  return { user = user }
end

function dovecot_lua_notify_event_mailbox_create()
end

function dovecot_lua_notify_event_message_new(ctx, event)
  run("message_new", ctx.user, ctx, event)
end

function dovecot_lua_notify_end_txn(ctx)
  run("end_txn", ctx.user, ctx)
end
