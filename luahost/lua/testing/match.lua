-- match: matchers, which stand for arguments in called_with: match._, match.is_string(), match.is_not.equals(1).
local _, _, import = ...

local ipairs, tonumber, tostring, type = ipairs, tonumber, tostring, type
local getmetatable, setmetatable = debug.getmetatable, setmetatable
local find, format = string.find, string.format
local compare = import("testing.compare")
local words = import("testing.words")

local matcher_metatable = {
  is_of_luassert = true,
  __call = function(self, value)
    return (self.callback(value) and true or false) == self.mod
  end,
}

local matchers = {}

-- A matcher that needs `least` arguments; `make` gets them and answers a function.
local function define(name, least, make)
  matchers[name] = {
    name = name,
    callback = function(_, arguments)
      if arguments.n < least then
        words.fail(format(words.TOO_FEW, name, least, arguments.n))
      end
      return make(arguments)
    end,
  }
end

for _, name in ipairs({ "nil", "boolean", "number", "string", "table", "function", "userdata", "thread" }) do
  define(name, 0, function()
    return function(value)
      return type(value) == name
    end
  end)
end

define("true", 0, function()
  return function(value)
    return value == true
  end
end)

define("false", 0, function()
  return function(value)
    return value == false
  end
end)

define("truthy", 0, function()
  return function(value)
    return value and true
  end
end)

define("falsy", 0, function()
  return function(value)
    return not value
  end
end)

local function equals(arguments)
  return function(value)
    return value == arguments[1]
  end
end
define("equals", 1, equals)
define("equal", 1, equals)

-- The very object, and not a copy of how it was in the call.
define("ref", 1, equals)

define("same", 1, function(arguments)
  return function(value)
    return (compare.same(value, arguments[1], true))
  end
end)

define("near", 2, function(arguments)
  local expected, tolerance = tonumber(arguments[1]), tonumber(arguments[2])
  return function(value)
    local number = tonumber(value)
    return number ~= nil and number >= expected - tolerance and number <= expected + tolerance
  end
end)

local function matches(arguments)
  return function(value)
    if type(value) ~= "number" and not compare.has_text(value) then
      return false
    end
    return find(tostring(value), arguments[1], arguments[2], arguments[3]) ~= nil
  end
end
define("matches", 1, matches)
define("match", 1, matches)

define("unique", 0, function(arguments)
  return function(value)
    return words.is_unique(value, arguments[1])
  end
end)

-- How many of the matchers that are its arguments fit a value: all, any or none.
local function of_several(name, wanted)
  define(name, 1, function(arguments)
    return function(value)
      local fitting = 0
      for i = 1, arguments.n do
        fitting = fitting + (arguments[i](value) and 1 or 0)
      end
      return wanted(fitting, arguments.n)
    end
  end)
end
of_several("all_of", function(fitting, all)
  return fitting == all
end)
of_several("any_of", function(fitting)
  return fitting > 0
end)
of_several("none_of", function(fitting)
  return fitting == 0
end)

local match = { matchers = matchers }

function match.is_matcher(value)
  return type(value) == "table" and getmetatable(value) == matcher_metatable
end

-- Whether the arguments of a call, of which there are a copy and the very objects, fit those that are expected.
function match.fits(kept, expected)
  if kept.vals.n ~= expected.n then
    return false
  end
  for i = 1, expected.n do
    local spec, value = expected[i], kept.vals[i]
    if match.is_matcher(spec) then
      if not spec(spec.name == "ref" and kept.refs[i] or value) then
        return false
      end
    elseif not compare.same(value, spec) then
      return false
    end
  end
  return true
end

-- The last one of a spy's calls that fits, or nil.
function match.last_fitting(calls, expected)
  for i = #calls, 1, -1 do
    if match.fits(calls[i], expected) then
      return calls[i]
    end
  end
end

local function made(state, matcher, ...)
  local arguments = compare.arglist(...)
  return setmetatable({
    name = matcher.name,
    mod = state.mod,
    callback = matcher.callback(state, arguments),
    arguments = arguments,
  }, matcher_metatable)
end

match._ = setmetatable({
  name = "_", mod = true, arguments = compare.arglist(),
  callback = function()
    return true
  end,
}, matcher_metatable)

local chain = words.chains("matcher", matchers, made)

return setmetatable(match, {
  __index = function(_, key)
    return chain()[key]
  end,
})
