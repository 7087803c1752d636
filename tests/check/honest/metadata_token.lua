-- Who wants pushes says so in METADATA, one device a line: NAME=TOKEN.

local http = require("socket.http")
local ltn12 = require("ltn12")
local https_ok, https = pcall(require, "ssl.https")

http.TIMEOUT = 3
if https_ok then
  https.TIMEOUT = 3
end

local KEY = "/private/vendor/vendor.dovecot/devices"
local URL = "https://push.example/v1/devices/"

local function devices(user)
  local found = {}
  local text = user:metadata_get(KEY)
  if text == nil then
    return found
  end
  for name, token in text:gmatch("([%w_-]+)=([%w_-]+)") do
    found[name] = token
  end
  return found
end

local function send(token, body)
  local client = https_ok and https or http
  local result, code = client.request({
    url = URL .. token,
    method = "PUT",
    source = ltn12.source.string(body),
    headers = { ["Content-Type"] = "text/plain", ["Content-Length"] = tostring(#body) },
  })
  if result == nil then
    return nil, tostring(code)
  end
  return code == 200 or code == 204, tostring(code)
end

function dovecot_lua_notify_begin_txn(user)
  local ok, found = pcall(devices, user)
  if not ok then
    dovecot.i_warning("devices of " .. user.username .. ": " .. tostring(found))
    found = {}
  end
  return { devices = found, count = 0 }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.count = ctx.count + 1
  ctx.mailbox = event.mailbox
end

function dovecot_lua_notify_end_txn(ctx, success)
  if ctx.count == 0 or not success then
    return
  end
  for name, token in pairs(ctx.devices) do
    local sent, words = send(token, ("%s %d"):format(ctx.mailbox, ctx.count))
    if not sent then
      dovecot.i_warning("device " .. name .. ": " .. words)
    end
  end
end
