-- mailbox: what user:mailbox() gives; see luahost/api/mailbox.py.
local host, check, import = ...

local error, select = error, select
local insert = table.insert
local kept = import("dovecot.kept")
local kill = import("dovecot.kill")
local struct = import("dovecot.struct")

local states = struct.states()

local function state_of(self, index)
  return struct.state(states, "mailbox", index or 1, self)
end

-- The state of a mailbox that has not been freed.
local function live(self, index)
  local state = state_of(self, index)
  if state.freed then
    kill.raise("mailbox " .. state.vname .. " was used after free()")
  end
  return state
end

local methods = {}

function methods.open(...)
  check.count(1, 1, select("#", ...))
  local state = live((...))
  host.open(state.vname, state.flags)
  state.open = true
end

function methods.close(...)
  check.count(1, 1, select("#", ...))
  local state = live((...))
  host.close(state.vname)
  state.open = false
end

function methods.free(...)
  check.count(1, 1, select("#", ...))
  local self = ...
  local state = state_of(self)
  if not state.freed then
    state.freed = true
    kept.release(self.item)
    host.free(state.vname)
  end
end

function methods.sync(...)
  local n = select("#", ...)
  check.count(1, 2, n)
  local self, flags = ...
  local state = live(self)
  local dies = host.sync(state.vname, state.flags, n == 2 and check.integer(2, flags) or 0)
  state.open = true
  if dies then
    kill.raise("sync() with MAILBOX_SYNC_FLAG_NO_EXPUNGES")
  end
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
  local status = status_table(host.status(state.vname, state.flags, items))
  state.open = state.open or items ~= 0
  return status
end

import("dovecot.metadata")(methods, function(self)
  -- Reading needs no open(), and does not stand in for one either.
  return live(self).vname
end, function(self)
  local state = live(self)
  if not state.open then
    kill.raise("METADATA of mailbox " .. state.vname .. " was written without open()")
  end
  return state.vname
end)

function methods.__tostring(...)
  check.count(1, 1, select("#", ...))
  return live((...)).vname
end

function methods.__eq(...)
  check.count(2, 2, select("#", ...))
  local a, b = ...
  return live(a).vname == live(b, 2).vname
end

-- Dovecot reads both operands as strings.
local function no_order(...)
  check.count(2, 2, select("#", ...))
  kill.raise("mailboxes were compared by order")
end
methods.__lt, methods.__le = no_order, no_order

local metatable = struct.define("struct mailbox", methods)

-- A new object for the mailbox of that name, to be opened with these flags.
return function(name, flags)
  local vname, storage_name = host.names(name)
  if not vname then
    kill.raise("a mailbox name was no UTF-8")
  end
  local object = { vname = vname, name = storage_name }
  local item = struct.new(object, metatable(), states, { vname = vname, flags = flags })
  kept.watch(item, "mailbox " .. vname .. ", not freed,")
  return object
end
