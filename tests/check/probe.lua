-- Tells in log lines what a script can reach of dovecot.*: kind, owner, name, type.

local function told(kind, owner, name, value)
  local what = math.type(value) or type(value)
  dovecot.i_info(table.concat({ kind, owner, name, what }, " "))
end

local function members(kind, owner, members_of)
  for name, value in pairs(members_of) do
    if type(name) == "string" and not name:find("^__") and name ~= "item" then
      told(type(value) == "function" and "method" or kind, owner, name, value)
    end
  end
end

local function object(owner, value)
  members("field", owner, value)
  members("field", owner, getmetatable(value) or {})
end

function script_init()
  for name in pairs(_G) do
    told("global", "_G", name, _G[name])
  end
  object("dovecot", dovecot)
  for _, name in ipairs({ "http", "storage", "dict", "doveadm_client" }) do
    if dovecot[name] then
      members("field", name, dovecot[name])
    end
  end
  object("event", dovecot.event())
  local client = dovecot.http.client({})
  object("http_client", client)
  local request = client:request({ url = "http://127.0.0.1:9/" })
  object("http_request", request)
  object("http_response", request:submit())
  local passthrough = dovecot.event():passthrough_event()
  object("passthrough_event", passthrough)
  passthrough:log_debug("done")
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  object("mail_user", user)
  local mailbox = user:mailbox("INBOX")
  object("mailbox", mailbox)
  local status = mailbox:status(dovecot.storage.STATUS_KEYWORDS, dovecot.storage.STATUS_MESSAGES)
  members("field", "status", status)
  mailbox:free()
end

function dovecot_lua_notify_end_txn()
end

for _, name in ipairs({
  "flags_clear", "flags_set", "mailbox_create", "mailbox_delete", "mailbox_rename", "mailbox_subscribe",
  "mailbox_unsubscribe", "message_append", "message_expunge", "message_new", "message_read", "message_trash",
}) do
  _G["dovecot_lua_notify_event_" .. name] = function(_, event, user)
    for field, value in pairs(event) do
      if type(value) == "table" and field ~= "user" then
        dovecot.i_info("field " .. event.name .. " " .. field .. " list")
      else
        told("field", event.name, field, value)
      end
    end
    if user then
      told("argument", event.name, "user", user)
    end
  end
end
