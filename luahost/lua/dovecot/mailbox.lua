-- mailbox: what user:mailbox() gives; see luahost/api/mailbox.py.
local host, check, import = ...

local error, select, setmetatable = error, select, setmetatable
local insert = table.insert

local states = setmetatable({}, { __mode = "k" })

-- The state of a mailbox that has not been freed.
local function live(self)
  local state = check.struct(states, "mailbox", 1, self)
  if state.freed then
    error("luahost: mailbox " .. state.vname .. " has been freed; Dovecot crashes here", 0)
  end
  return state
end

local methods = {}

function methods.open(...)
  check.count(1, 1, select("#", ...))
  local state = live(...)
  host.open(state.vname)
  state.open = true
end

function methods.close(...)
  check.count(1, 1, select("#", ...))
  local state = live(...)
  host.close(state.vname)
  state.open = false
end

function methods.free(...)
  check.count(1, 1, select("#", ...))
  local state = check.struct(states, "mailbox", 1, (...))
  if not state.freed then
    state.freed = true
    host.free(state.vname)
  end
end

function methods.sync(...)
  local n = select("#", ...)
  check.count(1, 2, n)
  local self, flags = ...
  local state = live(self)
  host.sync(state.vname, n == 2 and check.integer(2, flags) or 0)
  state.open = true
end

-- name1, value1, … up to a nil, then the keywords if they were asked for.
local function status_table(...)
  local status, i = {}, 1
  while select(i, ...) ~= nil do
    status[select(i, ...)] = select(i + 1, ...)
    i = i + 2
  end
  if select(i + 1, ...) then
    status.keywords = {}
    for k = i + 2, select("#", ...) do
      insert(status.keywords, (select(k, ...)))
    end
  end
  return status
end

function methods.status(...)
  local self = ...
  local state = live(self)
  local n = select("#", ...)
  if n < 2 then
    error("expecting at least 1 parameter", 0)
  end
  local items = 0
  for i = 2, n do
    items = host.add_item(items, check.integer(i, (select(i, ...))))
  end
  local status = status_table(host.status(state.vname, items))
  state.open = true
  return status
end

import("dovecot.metadata")(methods, function(self)
  -- Reading opens by itself, writing does not.
  local state = live(self)
  state.open = true
  return state.vname
end, function(self)
  local state = live(self)
  if not state.open then
    error("luahost: mailbox " .. state.vname .. " is not open; Dovecot panics here and kills the mail process", 0)
  end
  return state.vname
end)

check.name(methods, true)

local metatable = { __index = methods, __name = "struct mailbox" }

function metatable.__tostring(self)
  return live(self).vname
end

function metatable.__eq(a, b)
  return live(a).vname == live(b).vname
end

local function no_order()
  error("luahost: mailboxes cannot be ordered; Dovecot crashes here", 0)
end
metatable.__lt, metatable.__le = no_order, no_order

-- A new object for the mailbox of that name.
return function(name)
  local vname, storage_name = host.names(name)
  local object = { vname = vname, name = storage_name }
  states[object] = { vname = vname }
  return setmetatable(object, metatable)
end
