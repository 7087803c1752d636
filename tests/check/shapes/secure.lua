-- Shape: HTTPS with LuaSec, rxi's json, and a status that nobody reads.

local https = require "ssl.https"
local ltn12 = require "ltn12"
local json = require "json"

function dovecot_lua_notify_begin_txn(user)
  return { user = user, ep = user:plugin_getenv("push_lua_url"), messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local mbox = ctx.user:mailbox(event.mailbox)
  mbox:sync()
  local status = mbox:status(dovecot.storage.STATUS_RECENT, dovecot.storage.STATUS_UNSEEN)
  mbox:free()
  table.insert(ctx.messages, { subject = event.subject, uid = event.uid, snippet = event.snippet })
end

function dovecot_lua_notify_end_txn(ctx)
  for _, msg in ipairs(ctx.messages) do
    local e = dovecot.event()
    e:set_name("push")
    local body = json.encode({ username = ctx.user.username, message = msg })
    res, code = https.request({
      url = ctx.ep,
      method = "POST",
      source = ltn12.source.string(body),
      headers = { ["content-type"] = "application/json", ["content-length"] = #body },
    })
    e:add_int("result_code", code)
    e:log_info("push " .. tostring(code))
  end
end
