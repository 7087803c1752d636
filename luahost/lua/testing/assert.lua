-- assert: luassert's assert, a function and a table of chains; and what a spec may teach it.
local _, _, import = ...

local compare = import("testing.compare")
local format = import("testing.format")
local match = import("testing.match")
local say = import("testing.say")
local words = import("testing.words")

local rawget, setmetatable, tostring = rawget, setmetatable, tostring
local lower = string.lower
local unpack = table.unpack or unpack

local assertions = import("testing.assertions")

local assert = {}

-- Adds an assertion, a matcher or a modifier. The callback gets the state and the arguments; an assertion answers
-- whether it holds, and the two keys name the texts of `say` for one that does not.
function assert.register(_, space, name, callback, positive, negative)
  if space == "modifier" then
    words.modifiers[lower(name)] = callback
    return
  end
  local into = space == "matcher" and match.matchers or assertions
  into[lower(name)] = { name = lower(name), callback = callback, positive = positive, negative = negative }
end

function assert.unregister(_, space, name)
  local from = space == "modifier" and words.modifiers or space == "matcher" and match.matchers or assertions
  from[lower(name)] = nil
end

function assert.add_formatter(_, formatter)
  format.add(formatter)
end

function assert.remove_formatter(_, formatter)
  format.remove(formatter)
end

function assert.set_parameter(_, name, value)
  format.parameters[name] = value
end

function assert.get_parameter(_, name)
  return format.parameters[name]
end

-- Arguments as text, in place, as far as they are not text already.
function assert.format(_, arguments)
  local as_they_are, how = arguments.nofmt or {}, arguments.fmtargs or {}
  for i = 1, arguments.n or #arguments do
    if not as_they_are[i] then
      arguments[i] = format.value(arguments[i], how[i])
    end
  end
  return arguments
end

-- Spies, and taking them back ------------------------------------------------------------------------

local level = { spies = {} }

-- What has been put in the place of functions since then is taken back by its `revert`.
function assert.snapshot()
  local before = level
  local own = { spies = {} }
  level = own
  local function revert()
    while level ~= before do
      for i = #level.spies, 1, -1 do
        level.spies[i]:revert()
      end
      level = level.before
    end
  end
  own.before, own.revert = before, revert
  return setmetatable(own, { __call = revert })
end

function assert.add_spy(_, spy)
  level.spies[#level.spies + 1] = spy
end

-- Chains ---------------------------------------------------------------------------------------------

local function failure_text(state, assertion, arguments)
  local message = rawget(state, "failure_message")
  if message ~= nil then
    message = compare.has_text(message) and tostring(message) or format.value(message)
  end
  local key = state.mod and assertion.positive or assertion.negative
  if assertion.text then
    key = "assertion." .. assertion.text .. (state.mod and ".positive" or ".negative")
  end
  local text = say(key, assert:format(arguments))
  if message and text then
    return message .. "\n" .. text
  end
  return message or text or "assertion failed!"
end

local function judge(state, assertion, ...)
  local arguments = compare.arglist(...)
  local holds, results = assertion.callback(state, arguments, 1)
  if (holds and true or false) ~= state.mod then
    words.fail(failure_text(state, assertion, arguments))
  end
  if results then
    return unpack(results, 1, results.n or #results)
  end
  return ...
end

local chain = words.chains("assertion", assertions, judge)

setmetatable(assert, {
  __call = function(_, value, message, ...)
    if not value then
      words.fail(message or "assertion failed!")
    end
    return value, message, ...
  end,
  __index = function(_, key)
    return chain()[key]
  end,
})

return assert
