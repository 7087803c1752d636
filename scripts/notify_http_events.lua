-- Tells a web service how many messages a mailbox has after new ones came, and leaves a named event for
-- Dovecot's statistics about each request. Settings as for notify_http.lua, on 2.3 and on 2.4.
--
-- The payload is mailbox=…&messages=…&unseen=…; the event is push_status_finished with the fields mailbox,
-- status_code and, if there was no answer, error.

local SETTINGS_23 = { request_timeout_msecs = 5000 }
local SETTINGS_24 = { request_timeout = "5s" }

local client, url

local function escaped(text)
  return (text:gsub("[^%w._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

function script_init(settings)
  client = dovecot.http.client(settings and SETTINGS_24 or SETTINGS_23)
  url = settings and settings.push_lua_url
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return {
    mailboxes = {},
    url = url or (user.plugin_getenv and user:plugin_getenv("push_lua_url")),
    user = user,
  }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.mailboxes[event.mailbox] = true
end

function dovecot_lua_notify_event_message_append(ctx, event)
  ctx.mailboxes[event.mailbox] = true
end

local function payload(user, name)
  local mailbox = user:mailbox(name)
  mailbox:sync()
  local status = mailbox:status(dovecot.storage.STATUS_MESSAGES, dovecot.storage.STATUS_UNSEEN)
  mailbox:free()
  -- Dovecot's numbers are floats; %d writes them without a fraction.
  return ("mailbox=%s&messages=%d&unseen=%d"):format(escaped(name), status.messages, status.unseen)
end

local function send(to, name, text)
  local request = client:request({ url = to, method = "POST" })
  request:add_header("Content-Type", "application/x-www-form-urlencoded")
  request:set_payload(text)
  local response = request:submit()
  local status = response:status()
  -- The fields come before the log call, which sends the event.
  local event = dovecot.event():set_name("push_status_finished"):add_str("mailbox", name)
  event:add_int("status_code", status)
  if status < 200 or status > 299 then
    event:add_str("error", response:reason()):log_error(("status of %s not sent: %d %s"):format(
      name, status, response:reason()))
  else
    event:log_info("status of " .. name .. " sent")
  end
end

function dovecot_lua_notify_end_txn(ctx, success)
  if not success or not ctx.url then
    return
  end
  for name in pairs(ctx.mailboxes) do
    -- A mailbox may be gone by now; that is no reason to be silent about the others.
    local counted, text = pcall(payload, ctx.user, name)
    if counted then
      send(ctx.url, name, text)
    else
      dovecot.i_error("notify_http_events: " .. tostring(text))
    end
  end
end
