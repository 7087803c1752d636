-- dovecot.struct: Dovecot's objects as scripts see them: a table with a hidden pointer in its field
-- `item`, and one metatable for all of its kind, which holds the methods and is its own __index.
--
-- Dovecot only looks whether self is a table, and misreads memory if `item` is missing or another's.
-- Here `item` is the key to the private state.
local _, check, import, each_session = ...

local error, pairs, setmetatable, type = error, pairs, setmetatable, type
local format = string.format
local copier = import("runtime.copier")
local new_item = import("runtime.userdata")
local kill = import("dovecot.kill")

local struct = {}

-- States by item. The two kinds of events share theirs, as Dovecot takes one for the other.
function struct.states()
  return setmetatable({}, { __mode = "k" })
end

local metatables  -- of the session, by what they were copied from

each_session(function()
  metatables = {}
end)

-- Makes `methods` those of a struct with this name. Answers a function that gives the session's metatable of the struct.
function struct.define(name, methods)
  methods.__name = name
  check.name(methods, true)
  local copied = copier(methods)
  return function()
    local metatable = metatables[methods]
    if not metatable then
      metatable = copied()
      metatable.__index = metatable
      metatables[methods] = metatable
    end
    return metatable
  end
end

-- Makes `object` one: its item is the answer.
function struct.new(object, metatable, states, state)
  local item = new_item()
  object.item, states[item] = item, state
  setmetatable(object, metatable)
  return item
end

-- A new object without a metatable, with these methods as fields.
function struct.object(states, methods, state)
  local made = {}
  struct.new(made, nil, states, state)
  for name, method in pairs(methods) do
    made[name] = method
  end
  return made
end

-- The state of an object that a script handed over as argument `index`.
function struct.state(states, name, index, value)
  if type(value) ~= "table" then
    error(format("Bad argument #%d, expected struct %s got %s", index, name, type(value)), 0)
  end
  local item = value.item
  return item ~= nil and states[item] or kill.raise("this table is no struct " .. name)
end

return struct
