-- Tells a web service of new mail. Runs unchanged in Dovecot 2.3 and 2.4.
--
-- 2.3:
--   plugin {
--     push_notification_driver = lua:file=/etc/dovecot/push.lua
--     push_lua_url = https://push.example/new
--   }
-- 2.4:
--   push_notification lua {
--     lua_file = /etc/dovecot/push.lua
--     lua_settings {
--       push_lua_url = https://push.example/new
--     }
--   }

local client, url

local function escaped(text)
  return (text:gsub("[^%w._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

-- 2.4 hands the settings over here; 2.3 hands over nothing, and wants a 0 back.
function script_init(settings)
  client = dovecot.http.client(settings and { request_timeout = "5s" } or { request_timeout_msecs = 5000 })
  url = settings and settings.push_lua_url
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  if user.plugin_getenv then  -- which 2.4 does not have
    url = user:plugin_getenv("push_lua_url")
  end
  return { user = user.username, messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    local request = client:request({ url = url, method = "POST" })
    request:add_header("Content-Type", "application/x-www-form-urlencoded")
    request:set_payload(("user=%s&from=%s&subject=%s"):format(
      escaped(ctx.user), escaped(message.from_address or ""), escaped(message.subject or "")))
    local response = request:submit()
    local status = response:status()
    if status < 200 or status > 299 then
      dovecot.i_error(("push: %d %s"):format(status, response:reason()))
    end
  end
end
