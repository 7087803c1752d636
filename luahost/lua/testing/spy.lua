-- spy: spies, stubs and mocks, as luassert has them. A spy is called in the place of a function and keeps the calls; a
-- stub is one that does not call it; a mock is a table of them. Each is taken back when its test is over.
local _, _, import = ...

local error, ipairs, pairs, select, type = error, ipairs, pairs, select, type
local getmetatable, setmetatable = debug.getmetatable, setmetatable
local unpack = table.unpack or unpack
local insert = table.insert
local assert = import("testing.assert")
local compare = import("testing.compare")
local match = import("testing.match")
local words = import("testing.words")

-- No tail calls to what a spec gives, for tracebacks.
local function given(...)
  return ...
end

local spy_metatable = {
  is_of_luassert = true,
  __call = function(self, ...)
    insert(self.calls, compare.kept(compare.arglist(...)))
    local results = compare.arglist(self.callback(...))
    insert(self.returnvals, compare.kept(results))
    return unpack(results, 1, results.n)
  end,
}

local spy = {}

function spy.is_spy(value)
  return type(value) == "table" and getmetatable(value) == spy_metatable
end

local function clear(self)
  self.calls, self.returnvals = {}, {}
  return self
end

local function called(self, times, holds)
  local count = #self.calls
  if times == nil then
    return count > 0, count
  end
  return (holds or function(one, other)
    return one == other
  end)(count, times), count
end

local function looking_in(list)
  return function(self, ...)
    local expected = ...
    expected = compare.is_arglist(expected) and expected or compare.arglist(...)
    local found = match.last_fitting(self[list], expected)
    local last = self[list][#self[list]]
    return found ~= nil, (found or last or {}).vals
  end
end
local called_with, returned_with = looking_in("calls"), looking_in("returnvals")

-- A spy, and what it takes back.
local function made(callback, take_back)
  local self = {
    calls = {}, returnvals = {}, callback = callback,
    clear = clear, called = called, called_with = called_with, returned_with = returned_with,
  }
  function self.revert()
    if not self.reverted then
      self.reverted = true
      take_back()
    end
    return self.callback
  end
  assert:add_spy(self)
  return setmetatable(self, spy_metatable)
end

local function nothing() end

function spy.new(callback)
  callback = callback == nil and nothing or callback
  if not compare.is_callable(callback) then
    error("Cannot spy on type '" .. type(callback) .. "', only on functions or callable elements", 0)
  end
  return made(callback, nothing)
end

-- Dovecot calls functions only, and a spy is a table. So in the place of a global of the script stands a function, by
-- which its spy is found again.
local spies = setmetatable({}, { __mode = "k" })
local globals = import("runtime").env

local function put(object, key, self)
  if object ~= globals then
    object[key] = self
    return
  end
  local function stand_in(...)
    return given(self(...))
  end
  spies[stand_in] = self
  object[key] = stand_in
end

-- Puts a spy in the place of a function of a table; what stands there goes on being called.
function spy.on(object, key)
  local before = object[key]
  if not compare.is_callable(before) then
    error("Cannot spy on type '" .. type(before) .. "', only on functions or callable elements", 0)
  end
  local self = made(before, function()
    object[key] = before
  end)
  put(object, key, self)
  return self
end

-- Stubs ----------------------------------------------------------------------------------------------

local stub = {}

-- A function that always returns these.
local function returning(...)
  local results = compare.arglist(...)
  return function()
    return unpack(results, 1, results.n)
  end
end

-- Puts a stub in the place of a function of a table, or where there is nothing. It returns what follows, or calls it
-- if that is one function.
function stub.new(object, key, ...)
  if object == nil and key == nil then
    object, key = {}, ""
  elseif type(object) ~= "table" or key == nil then
    words.fail("stub.new(): Can only create stub on a table key, call with 2 params; table, key")
  end
  local before = object[key]
  if before ~= nil and not compare.is_callable(before) then
    words.fail("stub.new(): The element for which to create a stub must either be callable, or be nil")
  end
  local default = select("#", ...) == 1 and compare.is_callable((...)) and ... or returning(...)
  local specials = {}

  local self = made(function(...)
    local kept = compare.arglist(...)
    kept = { vals = kept, refs = kept }
    for _, special in ipairs(specials) do
      if match.fits(kept, special.arguments) then
        return given(special.callback(...))
      end
    end
    return given(default(...))
  end, function()
    object[key] = before
  end)
  put(object, key, self)

  function self.returns(...)
    default = returning(...)
    return self
  end

  function self.invokes(callback)
    default = callback
    return self
  end
  self.by_default = { returns = self.returns, invokes = self.invokes }

  function self.on_call_with(...)
    local arguments = compare.kept(compare.arglist(...)).vals
    local function answers(callback)
      insert(specials, { arguments = arguments, callback = callback })
      return self
    end
    return {
      returns = function(...)
        return answers(returning(...))
      end,
      invokes = answers,
    }
  end

  return self
end

-- Mocks ----------------------------------------------------------------------------------------------

local mock = {}

-- Puts spies, or stubs if `stubs`, in the place of all functions of a table and of the tables in it.
function mock.new(object, stubs, ...)
  local visited = {}
  local function spread(value, into, key, ...)
    if type(value) == "function" then
      if into == nil then
        return spy.new(value)
      end
      return stubs and stub.new(into, key, ...) or spy.on(into, key)
    elseif type(value) == "table" and not spy.is_spy(value) and not visited[value] then
      visited[value] = true
      for inner_key, inner in pairs(compare.shallow(value)) do
        spread(inner, value, inner_key, ...)
      end
    end
    return value
  end
  return spread(object, nil, nil, ...)
end

local function each_spy(object, act, visited)
  if spy.is_spy(object) then
    object[act](object)
  elseif type(object) == "table" and not visited[object] then
    visited[object] = true
    for _, inner in pairs(compare.shallow(object)) do
      each_spy(inner, act, visited)
    end
  end
  return object
end

function mock.clear(object)
  return each_spy(object, "clear", {})
end

function mock.revert(object)
  return each_spy(object, "revert", {})
end

-- A table that makes one when it is called.
local function callable(library)
  return setmetatable(library, {
    __call = function(_, ...)
      return library.new(...)
    end,
  })
end

local function payload(state, arguments)
  local one = arguments and arguments[1]
  state.payload = one ~= nil and spies[one] or one
  if arguments and arguments[2] ~= nil then
    state.failure_message = arguments[2]
  end
end
words.modifiers.spy, words.modifiers.stub = payload, payload

function words.modifiers.message(state, arguments)
  state.failure_message = arguments and arguments[1]
end

return { spy = callable(spy), stub = callable(stub), mock = callable(mock) }
