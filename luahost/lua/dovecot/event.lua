-- dovecot.event: event objects, what scripts see of luahost/api/event.py.
--
-- An event has a name, fields and a log prefix, and inherits its parent's. Every method returns the
-- event, so calls can be chained. The first log call sends a named event and forgets the name.
--
-- A passthrough event is for one line: it has to end with a log call, and only one may be waiting
-- for that at a time.
local host, check, import, each_session = ...

local ipairs, select, tostring, type, unpack = ipairs, select, tostring, type, table.unpack or unpack
local concat, insert, gsub = table.concat, table.insert, string.gsub
local kill = import("dovecot.kill")
local passthrough = import("dovecot.passthrough")
local struct = import("dovecot.struct")

local states = struct.states()
local log_prefix  -- what stands before all that the session's script logs

each_session(function()
  log_prefix = nil
end)

local function create(parent, metatable)
  local object = {}
  struct.new(object, metatable, states, {
    address = gsub(tostring(object), "^table", "struct event"),
    parent = parent,
    -- Whether its debug lines are written whatever the server's filter says; what the parent says later is nothing to it.
    forced = parent and parent.forced or false,
    keys = {},
    values = {},
  })
  return object
end

local function state_of(object)
  return struct.state(states, "event", 1, object)
end

-- The prefixes down to this event's own, from the one that replaces all before it if there is one; and that
-- one, or nil.
local function prefix_of(state)
  local pieces, replaced = {}, nil
  while state and not replaced do
    insert(pieces, 1, state.prefix or "")
    replaced = state.replaces and state.prefix or nil
    state = state.parent
  end
  if not replaced then
    log_prefix = log_prefix or host.log_prefix()
    insert(pieces, 1, log_prefix)
  end
  return concat(pieces), replaced
end

local function add(state, key, value)
  if state.values[key] == nil then
    insert(state.keys, key)
  end
  state.values[key] = value
end

-- The fields as key, value, key, value …, parents' first; a child's value wins.
local function fields(state)
  local all = { keys = {}, values = {} }
  local function collect(one)
    if one.parent then
      collect(one.parent)
    end
    for _, key in ipairs(one.keys) do
      add(all, key, one.values[key])
    end
  end
  collect(state)
  local flat = {}
  for _, key in ipairs(all.keys) do
    insert(flat, key)
    insert(flat, all.values[key])
  end
  return flat
end

local function log(state, level, text)
  local name = state.name
  if name and state.passthrough and state.values[""] ~= nil then
    kill.raise("a named passthrough event had a field without a name")
  end
  local named = name and fields(state) or {}
  for i = 1, #named, 2 do
    if named[i] == "" then
      name = nil  -- the statistics refuse it
    end
  end
  state.name = nil
  local prefix, replaced = prefix_of(state)
  if name then
    host.log(level, prefix, text, replaced, state.forced, name, unpack(named))
  else
    host.log(level, prefix, text, replaced, state.forced)
  end
end

-- The methods of both kinds. `enter` gives the state of self, `logged` is told of each log call.
local function define(methods, enter, logged)
  function methods.set_name(...)
    check.count(2, 2, select("#", ...))
    local self, name = ...
    local state = enter(self)
    state.name = check.c_string(2, name)
    return self
  end

  function methods.add_str(...)
    check.count(3, 3, select("#", ...))
    local self, key, value = ...
    local state = enter(self)
    add(state, check.c_string(2, key), check.c_string(3, value))
    return self
  end

  function methods.add_int(...)
    check.count(3, 3, select("#", ...))
    local self, key, value = ...
    local state = enter(self)
    add(state, check.c_string(2, key), check.integer(3, value))
    return self
  end

  function methods.add_timeval(...)
    check.count(3, 3, select("#", ...))
    local self, key, seconds = ...
    local state = enter(self)
    add(state, check.c_string(2, key), check.integer(3, seconds))
    return self
  end

  function methods.inc_int(...)
    check.count(3, 3, select("#", ...))
    local self, key, difference = ...
    local state = enter(self)
    key, difference = check.c_string(2, key), check.integer(3, difference)
    local before = state.values[key]
    add(state, key, (type(before) == "number" and before or 0) + difference)
    return self
  end

  -- Sets this event's own prefix; a second call replaces the first, whichever of the two it was.
  function methods.append_log_prefix(...)
    check.count(2, 2, select("#", ...))
    local self, prefix = ...
    local state = enter(self)
    state.prefix, state.replaces = check.c_string(2, prefix), false
    return self
  end

  -- Drops everything in front, Dovecot's process and user too.
  function methods.replace_log_prefix(...)
    check.count(2, 2, select("#", ...))
    local self, prefix = ...
    local state = enter(self)
    state.prefix, state.replaces = check.c_string(2, prefix), true
    return self
  end

  -- Changes nothing that can be seen in a log line.
  function methods.set_always_log_source(...)
    check.count(1, 1, select("#", ...))
    local self = ...
    enter(self)
    return self
  end

  for _, level in ipairs({ "debug", "info", "warning", "error" }) do
    methods["log_" .. level] = function(...)
      check.count(2, 2, select("#", ...))
      local self, text = ...
      local state = enter(self)
      log(state, level, check.c_string(2, text))
      logged(state)
      return self
    end
  end
end

local methods, passthrough_methods = {}, {}
local metatable, passthrough_metatable  -- those of the session; see struct.lua

if not math.type then
  -- Before Lua 5.3 tostring does not look at __name.
  function methods.__tostring(object)
    return state_of(object).address
  end
  passthrough_methods.__tostring = methods.__tostring
end

define(methods, state_of, function() end)

define(passthrough_methods, function(self)
  local state = state_of(self)
  if state.used then
    kill.raise("a passthrough event was used again after its log call")
  end
  return state
end, function(state)
  state.used = true
  passthrough.event = nil
end)

function methods.passthrough_event(...)
  check.count(1, 1, select("#", ...))
  local state = state_of((...))
  if passthrough.event then
    kill.raise("Can't create multiple passthrough events - finish the earlier with a log call")
  end
  local event = create(state, passthrough_metatable())
  state_of(event).passthrough = true
  passthrough.event = event
  return event
end

-- From now on debug lines of this event and of new children are written, or not, against the server's filter.
local function define_forced_debug(name, value)
  methods[name] = function(...)
    check.count(1, 1, select("#", ...))
    local self = ...
    state_of(self).forced = value
    return self
  end
end
if host.has_forced_debug() then
  define_forced_debug("set_forced_debug", true)
  define_forced_debug("unset_forced_debug", false)
end

metatable = struct.define("struct event", methods)
passthrough_metatable = struct.define("struct event_passthrough", passthrough_methods)

local event = {}

-- A child of `parent` (a state), or of the script's own event.
function event.new(parent)
  return create(parent, metatable())
end

-- The state of an event object that a script handed over as argument 1, to be a parent.
function event.self(object)
  local state = state_of(object)
  if state.passthrough then
    kill.raise("a passthrough event was taken for a parent")
  end
  return state
end

-- What stands before a line that is logged under an event (a state), or under the script's own.
event.prefix = prefix_of

return event
