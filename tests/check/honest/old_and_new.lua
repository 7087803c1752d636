-- One script for both servers: it asks for what they have.

local is_24 = dovecot.net_ip_family ~= nil
local settings = {}
local client

local function options()
  if is_24 then
    return { request_timeout = "2s", connect_timeout = "500ms", user_agent = "push/1" }
  end
  return { request_timeout_msecs = 2000, connect_timeout_msecs = 500, user_agent = "push/1" }
end

local function setting(user, name)
  if user.plugin_getenv then
    return user:plugin_getenv(name)
  end
  return settings[name]
end

function script_init(given)
  settings = given or settings
  client = dovecot.http.client(options())
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { url = setting(user, "push_url"), messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  local keywords = table.concat(event.keywords, " ")
  table.insert(ctx.messages, { subject = event.subject or "", keywords = keywords })
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  for _, keyword in ipairs(event.keywords_set or event.keywords) do
    table.insert(ctx.messages, { subject = "", keywords = keyword })
  end
end

function dovecot_lua_notify_end_txn(ctx)
  for _, message in ipairs(ctx.messages) do
    if ctx.url then
      local request = client:request({ url = ctx.url, method = "POST" })
      request:set_payload(message.subject .. "\n" .. message.keywords)
      local status = request:submit():status()
      if math.floor(status / 100) ~= 2 then
        dovecot.i_error("push failed: " .. status)
      end
    end
  end
end
