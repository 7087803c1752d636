-- Shape: a groupware that gets each user's token from METADATA and puts JSON to a web service.

local http = require "socket.http"
local ltn12 = require "ltn12"
local json = require "json"

function dovecot_lua_notify_begin_txn(user)
  local meta = user:metadata_get("/private/vendor/vendor.dovecot/http-notify")
  if meta == nil or meta:sub(1, 5) ~= "user=" then
    meta = nil
  end
  return { user = user, event = dovecot.event(), ep = user:plugin_getenv("push_url"), token = user:plugin_getenv("push_token"),
    states = {}, meta = meta, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  if ctx.meta == nil then
    return
  end
  local mbox = ctx.user:mailbox(event.mailbox)
  mbox:sync()
  local status = mbox:status(dovecot.storage.STATUS_RECENT, dovecot.storage.STATUS_UNSEEN, dovecot.storage.STATUS_MESSAGES)
  mbox:free()
  table.insert(ctx.messages, { user = ctx.meta, event = event.name, folder = event.mailbox, unseen = status.unseen,
    uid = event.uid, validity = event.uid_validity })
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  table.insert(ctx.messages, { event = event.name, folder = event.mailbox, uid = event.uid, keywords = event.keywords_set })
end

function dovecot_lua_notify_end_txn(ctx, success)
  local target = "https://Bearer:" .. ctx.token .. "@" .. ctx.ep
  for _, msg in ipairs(ctx.messages) do
    local e = dovecot.event(ctx.event)
    e:set_name("lua_notify_mail_finished")
    reqbody = json.encode(msg)
    e:log_debug(target .. " - sending " .. reqbody)
    res, code = http.request({
      method = "PUT",
      url = target,
      source = ltn12.source.string(reqbody),
      headers = { ["content-type"] = "application/json; charset=utf-8", ["content-length"] = tostring(#reqbody) },
    })
    e:add_int("result_code", code)
    e:log_info("Mail notify status " .. tostring(code))
  end
end
