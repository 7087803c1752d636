-- mail_user: the object that begin_txn gets; see luahost/api/mail_user.py.
local host, check, import, each_session = ...

local concat, select, type = table.concat, select, type
local record = import("runtime.record")
local kept = import("dovecot.kept")
local kill = import("dovecot.kill")
local struct = import("dovecot.struct")

local states = struct.states()
local methods = {}

local function state_of(self)
  return struct.state(states, "mail_user", 1, self)
end

function methods.plugin_getenv(...)
  check.count(2, 2, select("#", ...))
  local self, key = ...
  state_of(self)
  if type(key) ~= "string" and type(key) ~= "number" then
    kill.raise("plugin_getenv was asked for a " .. type(key))
  end
  return host.plugin_getenv(key .. "")
end
if not host.has_plugin_getenv() then
  methods.plugin_getenv = nil
end

function methods.var_expand(...)
  check.count(2, 2, select("#", ...))
  local self, format = ...
  state_of(self)
  return host.var_expand(check.c_string(2, format))
end

function methods.mailbox(...)
  local n = select("#", ...)
  check.count(2, 3, n)
  local self, name, flags = ...
  state_of(self)
  name = check.c_string(2, name)
  flags = n == 3 and check.integer(3, flags) or 0
  if not host.mailboxes_there() then
    kill.raise("user:mailbox() was called where the user has no mailboxes, before or after the session")
  end
  local mailbox = import("dovecot.mailbox")(name, flags)  -- no tail call, which would take this method out of a traceback
  return mailbox
end

local function of_user(self)
  state_of(self)
  return nil
end
import("dovecot.metadata")(methods, of_user, of_user)

function methods.__tostring(...)
  check.count(1, 1, select("#", ...))
  return state_of((...)).username
end

-- Dovecot reads both operands as strings.
local function no_comparison(...)
  check.count(2, 2, select("#", ...))
  kill.raise("mail_user objects were compared")
end
methods.__eq, methods.__lt, methods.__le = no_comparison, no_comparison, no_comparison

local metatable = struct.define("struct mail_user", methods)

-- The session's user, asked for once: a function that makes a table of its fields, with room for `item`; and what
-- luahost knows of any such table.
local function copier(...)
  local names, values = {}, {}
  for i = 1, select("#", ...), 2 do
    names[#names + 1] = "." .. select(i, ...)
    values[#names] = select(i + 1, ...)
  end
  names[#names + 1] = ".item"
  values[#names] = false
  local make = record(concat(names, " "))
  local function copied()
    return make(values)
  end
  return copied, { username = copied().username }
end
local copy, state

each_session(function()
  copy = nil
end)

-- A new object with the session's user in it. Its fields are a copy; changing them changes nothing.
return function()
  if not copy then
    copy, state = copier(host.fields())
  end
  local user = copy()
  kept.watch(struct.new(user, metatable(), states, state), "a mail_user")
  return user
end
