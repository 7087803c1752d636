-- world: what a spec acts on and looks at: push, endpoint, clock. The Python half is luahost/testing/spec/world.py.
--
-- An act, such as push:deliver, leads back into the script. So a test hands it to the host by yielding, and goes on when
-- the script is through: the script is called as always, with limits and tracebacks of its own. Where a test cannot
-- yield, the host acts at once.
local host, _, import = ...

local error, ipairs, pairs, setmetatable, type = error, ipairs, pairs, setmetatable, type
local lower = string.lower
local isyieldable, running, yield = coroutine.isyieldable, coroutine.running, coroutine.yield
local values = import("testing.values")
local words = import("testing.words")
local place = import("runtime.stack").place

-- Lua 5.1 yields through no pcall.
local CANNOT_YIELD = setfenv ~= nil and not jit

-- What a test yields with an act, and nobody else.
local world = { ACT = {} }

local test  -- the coroutine of the running test

function world.begin(thread)
  test = thread
end

local function check_test(name)
  if not test then
    error(name .. " belongs in a test, or in before_each and the like", 0)
  end
end

local function act(method, ...)
  check_test("push:" .. method)
  local _, line = place()
  if CANNOT_YIELD or running() ~= test or (isyieldable and not isyieldable()) then
    host.act(method, line, values.flat(...))
    return
  end
  local wrong = yield(world.ACT, method, line, values.flat(...))
  if wrong then
    error(wrong, 0)
  end
end

-- An object, and its methods by name, which are all done by `call`.
local function object(name, methods, call)
  local self, bound = {}, {}
  for _, method in ipairs(methods) do
    bound[method] = function(this, ...)
      if this ~= self then
        error("write " .. name .. ":" .. method .. "(…), with a colon", 0)
      end
      return (call(method, ...))  -- no tail call, for tracebacks
    end
  end
  return self, bound
end

local function looked(view)
  return function(_, name)
    if type(name) ~= "string" then
      return nil
    end
    return values.of(host.more, host.look(view, name))
  end
end

-- push ---------------------------------------------------------------------------------------------

local push, push_methods = object("push", {
  "deliver", "append", "store", "read", "copy", "move", "expunge", "create", "delete", "rename", "subscribe",
  "unsubscribe", "notify", "rollback", "allow_errors",
}, act)

-- Calls a function in which the script fails, and answers the errors that have `text` in their words; all others stay
-- unexpected.
function push_methods.expect_error(self, text, f)
  if f == nil then
    text, f = "", text
  end
  if self ~= push or type(text) ~= "string" or type(f) ~= "function" then
    error("write push:expect_error(\"text of the error\", function() … end)", 0)
  end
  check_test("push:expect_error")
  local from = host.mark()
  f()
  local complaint = host.take_errors(from, text)
  if complaint then
    words.fail(complaint)
  end
  return values.of(host.more, host.look("taken", "errors"))
end

push_methods.last = setmetatable({}, { __index = looked("last") })

local look_at_push = looked("push")
world.push = setmetatable(push, {
  __index = function(self, name)
    local method = push_methods[name]
    if method ~= nil then
      return method
    end
    return look_at_push(self, name)
  end,
})

-- endpoint -----------------------------------------------------------------------------------------

local endpoint, endpoint_methods = object("endpoint", { "route", "forget" }, function(method, ...)
  local _, line = place()
  host.endpoint(method, line, values.flat(...))
end)

function endpoint_methods.verify()
  local complaint = host.verify()
  if complaint then
    words.fail(complaint)
  end
end

local look_at_endpoint = looked("endpoint")

-- Header fields are found in any case of letters.
local any_case = {
  __index = function(fields, name)
    if type(name) == "string" then
      for own, value in pairs(fields) do
        if lower(own) == lower(name) then
          return value
        end
      end
    end
  end,
}

world.endpoint = setmetatable(endpoint, {
  __index = function(self, name)
    local method = endpoint_methods[name]
    if method ~= nil then
      return method
    end
    local found = look_at_endpoint(self, name)
    if name == "requests" or name == "unexpected" then
      for i = 1, #found do
        setmetatable(found[i].headers, any_case)
      end
    end
    return found
  end,
  __newindex = function(_, name, value)
    host.endpoint("set", nil, values.flat(name, value))
  end,
})

-- clock --------------------------------------------------------------------------------------------

local clock, clock_methods = object("clock", {
  "time", "monotonic", "cpu", "waited", "advance", "sleep",
}, function(method, ...)
  return host.clock(method, values.flat(...))
end)

world.clock = setmetatable(clock, { __index = clock_methods })

-- Nothing of the script's is to be held by what a test leaves.
function world.forget()
  test = nil
end

return world
