-- LuaSocket with a timeout, and a status that may be a text.

local http = require("socket.http")
local ltn12 = require("ltn12")
local url = require("socket.url")

http.TIMEOUT = 2

function dovecot_lua_notify_begin_txn(user)
  return { name = user.username, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, { subject = event.subject, uid = event.uid })
end

local function send(name, message)
  local body = "user=" .. url.escape(name) .. "&subject=" .. url.escape(message.subject or "")
    .. ("&uid=%d"):format(message.uid)
  local event = dovecot.event():set_name("push_finished")
  local answer = {}
  local result, code = http.request({
    method = "POST",
    url = "http://127.0.0.1:8080/push",
    source = ltn12.source.string(body),
    sink = ltn12.sink.table(answer),
    headers = {
      ["content-type"] = "application/x-www-form-urlencoded",
      ["content-length"] = tostring(#body),
    },
  })
  if result then
    event:add_int("status_code", code)
  else
    event:add_str("error", tostring(code))
  end
  event:log_info("pushed " .. #answer .. " parts")
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    local ok, reason = pcall(send, ctx.name, message)
    if not ok then
      dovecot.i_error("push: " .. tostring(reason))
    end
  end
end
