-- The script of a torture run: what it does stands in the subject, "NUMBER KIND".
local http = require("socket.http")
local ltn12 = require("ltn12")

http.TIMEOUT = 1

local function push(ctx, number, step)
  http.request({
    url = ctx.url,
    method = "POST",
    headers = {
      ["Content-Length"] = tostring(#(ctx.user .. number .. step) + 2),
      -- Which server sends it. No two requests are different to the journal by this field.
      ["traceparent"] = ctx.life,
    },
    source = ltn12.source.string(ctx.user .. " " .. number .. " " .. step),
  })
end

local kinds = {}

function kinds.one(ctx, number)
  push(ctx, number, 1)
end

function kinds.two(ctx, number)
  push(ctx, number, 1)
  push(ctx, number, 2)
end

function kinds.error(ctx, number)
  push(ctx, number, 1)
  error("as it was told to")
end

function kinds.loop()
  while true do end
end

function kinds.memory()
  local all = {}
  while true do all[#all + 1] = ("x"):rep(1000) .. #all end
end

function kinds.pattern()
  return (("a"):rep(60)):find(("a-"):rep(30) .. "b")
end

function dovecot_lua_notify_begin_txn(user)
  return {
    user = user.username,
    url = user:plugin_getenv("torture_url"),
    life = user:plugin_getenv("torture_life"),
  }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local number, kind = event.subject:match("^(%d+) (%a+)$")
  -- A server that tries the script out says something else.
  if kind then
    kinds[kind](ctx, number)
  end
end

function dovecot_lua_notify_end_txn() end
