-- Counts of each mailbox as JSON, with integers.

local json = require("cjson.safe")
local client

function script_init(settings)
  if not settings then
    client = dovecot.http.client({ request_timeout_msecs = 1500 })
  else
    client = dovecot.http.client({ request_timeout = "1500ms" })
  end
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, names = {} }
end

local function changed(ctx, event)
  ctx.names[event.mailbox] = true
end

dovecot_lua_notify_event_message_new = changed
dovecot_lua_notify_event_message_read = changed
dovecot_lua_notify_event_message_trash = changed
dovecot_lua_notify_event_message_expunge = changed

local function counts(user, name)
  local mailbox = user:mailbox(name)
  local status = mailbox:status(dovecot.storage.STATUS_MESSAGES | dovecot.storage.STATUS_UNSEEN)
  mailbox:free()
  return {
    mailbox = name,
    messages = math.tointeger(status.messages),
    unseen = math.tointeger(status.unseen),
    uidnext = math.floor(status.uidnext),
  }
end

function dovecot_lua_notify_end_txn(ctx, success)
  local all = {}
  for name in pairs(ctx.names) do
    local ok, found = pcall(counts, ctx.user, name)
    if ok then
      all[#all + 1] = found
    else
      dovecot.i_warning("push: " .. name .. ": " .. tostring(found))
    end
  end
  if success and #all > 0 then
    local request = client:request({ url = "http://127.0.0.1:8080/counts", method = "PUT" })
    request:add_header("Content-Type", "application/json")
    request:set_payload(json.encode({ user = ctx.user.username, mailboxes = all }))
    local response = request:submit()
    local answer = json.decode(response:payload()) or {}
    if response:status() ~= 200 then
      dovecot.i_error("push: " .. tostring(answer.error or response:reason()))
    end
  end
end
