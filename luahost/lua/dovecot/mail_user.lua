-- mail_user: the object that begin_txn gets; see luahost/api/mail_user.py.
local host, check, import = ...

local error, select, setmetatable = error, select, setmetatable
local flat = import("runtime.flat")
local new_mailbox = import("dovecot.mailbox")

local states = setmetatable({}, { __mode = "k" })

local methods = {}

function methods.plugin_getenv(...)
  check.count(2, 2, select("#", ...))
  local self, key = ...
  check.struct(states, "mail_user", 1, self)
  return host.plugin_getenv(check.string(2, key))
end

if not host.has_plugin_getenv() then
  methods.plugin_getenv = nil
end

function methods.mailbox(...)
  local n = select("#", ...)
  check.count(2, 3, n)
  local self, name, flags = ...
  check.struct(states, "mail_user", 1, self)
  name = check.string(2, name)
  if n == 3 then
    check.integer(3, flags)
  end
  local mailbox = new_mailbox(name)  -- no tail call, which would take this method out of a traceback
  return mailbox
end

local function of_user(self)
  check.struct(states, "mail_user", 1, self)
  return nil
end
import("dovecot.metadata")(methods, of_user, of_user)

check.name(methods, true)

local metatable = { __index = methods, __name = "struct mail_user" }

function metatable.__tostring(self)
  return check.struct(states, "mail_user", 1, self).username
end

local function no_comparison()
  error("luahost: mail_user objects cannot be compared; Dovecot crashes here", 0)
end
metatable.__eq, metatable.__lt, metatable.__le = no_comparison, no_comparison, no_comparison

-- A new object with the session's user in it. Its fields are a copy; changing them changes nothing.
return function()
  local user = flat(host.fields())
  states[user] = { username = user.username }
  return setmetatable(user, metatable)
end
