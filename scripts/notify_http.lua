-- Tells a web service of new messages, with Dovecot's own HTTP client. Runs unchanged on 2.3 and on 2.4.
--
-- 2.3:
--   plugin {
--     push_notification_driver = lua:file=/etc/dovecot/notify_http.lua
--     push_lua_url = http://127.0.0.1:8080/messages
--   }
-- 2.4:
--   push_notification lua {
--     lua_file = /etc/dovecot/notify_http.lua
--     lua_settings {
--       push_lua_url = http://127.0.0.1:8080/messages
--     }
--   }
--
-- Each message is a POST of mailbox=…&from=…&subject=…&snippet=…&user=…. In 2.3 write the service's
-- address as numbers: the imap process cannot look names up.

-- The client's settings have other names in 2.4, and units. Five seconds are long: mail waits for them.
local SETTINGS_23 = { request_timeout_msecs = 5000, max_attempts = 2 }
local SETTINGS_24 = { request_timeout = "5s", request_max_attempts = 2 }

local client, url

local function escaped(text)
  return (text:gsub("[^%w._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function form(fields)
  local parts = {}
  for _, field in ipairs(fields) do
    parts[#parts + 1] = field[1] .. "=" .. escaped(field[2] or "")
  end
  return table.concat(parts, "&")
end

-- 2.4 hands the settings over here; 2.3 hands over nothing, and wants a 0 back.
function script_init(settings)
  client = dovecot.http.client(settings and SETTINGS_24 or SETTINGS_23)
  url = settings and settings.push_lua_url
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return {
    messages = {},
    url = url or (user.plugin_getenv and user:plugin_getenv("push_lua_url")),
    username = user.username,
  }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_event_message_append(ctx, event)
  table.insert(ctx.messages, event)
end

-- With success false nothing has happened in the mailbox, and no handler was called.
function dovecot_lua_notify_end_txn(ctx)
  if not ctx.url then
    dovecot.i_error("notify_http: push_lua_url is not set")
    return
  end
  for _, message in ipairs(ctx.messages) do
    local request = client:request({ url = ctx.url, method = "POST" })
    request:add_header("Content-Type", "application/x-www-form-urlencoded")
    request:set_payload(form({
      { "mailbox", message.mailbox },
      { "from", message.from },
      { "subject", message.subject },
      { "snippet", message.snippet },
      { "user", ctx.username },
    }))
    -- Never raises: what comes of a request that gets no answer is a status from 9000.
    local response = request:submit()
    local status = response:status()
    if status < 200 or status > 299 then
      dovecot.i_error(("notify_http: %d %s"):format(status, response:reason()))
    end
  end
end
