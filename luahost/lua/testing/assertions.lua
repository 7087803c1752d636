-- assertions: what can be asserted, in luassert's words.
--
-- Each gets the state of its chain and its arguments, counted in `n`, and answers whether it holds; what it leaves in the
-- arguments is shown if not. `nofmt` says which of them stand there as they are, `fmtargs` how others are shown.
local _, _, import = ...

local error, ipairs, pairs, pcall, rawget = error, ipairs, pairs, pcall, rawget
local tonumber, tostring, type = tonumber, tostring, type
local find, format, gsub = string.find, string.format, string.gsub
local max, string_match, remove = math.max, string.match, table.remove
local compare = import("testing.compare")
local match = import("testing.match")
local shown = import("testing.format")
local words = import("testing.words")

local assertions = {}

-- `text`: whose texts are used if it does not hold; `least`: how many arguments it needs.
local function define(names, text, least, holds)
  local assertion = { text = text }
  function assertion.callback(state, arguments)
    if arguments.n < least then
      words.fail(format(words.TOO_FEW, names[1], least, arguments.n))
    end
    return holds(state, arguments)
  end
  for _, name in ipairs(names) do
    assertions[name] = assertion
  end
end

local function bad_argument(number, name, expected, got)
  words.fail(format(words.BAD_ARGUMENT, number, name, expected, got))
end

local function message_at(state, arguments, number)
  if arguments[number] ~= nil then
    state.failure_message = arguments[number]
  end
end

-- What was expected comes first in a call, and second in what is shown.
local function swap(arguments)
  arguments[1], arguments[2] = arguments[2], arguments[1]
end

-- Puts `expected` in the place of a second argument, which moves up.
local function insert_second(arguments, expected)
  for i = arguments.n, 2, -1 do
    arguments[i + 1] = arguments[i]
  end
  arguments[2], arguments.n = expected, max(arguments.n, 1) + 1
end

-- Equality -------------------------------------------------------------------------------------------

local function same(state, arguments)
  local holds, way = compare.same(arguments[1], arguments[2], true)
  swap(arguments)
  if type(arguments[1]) == "table" and type(arguments[2]) == "table" then
    arguments.fmtargs = { { crumbs = way }, { crumbs = way } }
  end
  message_at(state, arguments, 3)
  return holds
end
define({ "same" }, "same", 2, same)

define({ "equals", "equal" }, "equals", 2, function(state, arguments)
  swap(arguments)
  message_at(state, arguments, 3)
  return arguments[1] == arguments[2]
end)

for name, value in pairs({ ["true"] = true, ["false"] = false }) do
  define({ name }, "same", 0, function(state, arguments)
    insert_second(arguments, value)
    message_at(state, arguments, 3)
    return arguments[1] == value
  end)
end

define({ "truthy" }, "truthy", 1, function(state, arguments)
  message_at(state, arguments, 2)
  return arguments[1] and true or false
end)

define({ "falsy" }, "falsy", 1, function(state, arguments)
  message_at(state, arguments, 2)
  return not arguments[1]
end)

-- Types ----------------------------------------------------------------------------------------------

for _, name in ipairs({ "boolean", "number", "string", "table", "nil", "userdata", "function", "thread" }) do
  define({ name }, "same", 0, function(state, arguments)
    insert_second(arguments, "type " .. name)
    arguments.nofmt = { [2] = true }
    message_at(state, arguments, 3)
    return type(arguments[1]) == name
  end)
end

-- Numbers and texts ----------------------------------------------------------------------------------

define({ "near" }, "near", 3, function(state, arguments)
  local numbers = {}
  for i = 1, 3 do
    numbers[i] = tonumber(arguments[i])
      or bad_argument(i, "near", "number or object convertible to a number", shown.value(arguments[i]))
  end
  local expected, actual, tolerance = numbers[1], numbers[2], numbers[3]
  swap(arguments)
  arguments[3], arguments.nofmt = tolerance, { [3] = true }
  message_at(state, arguments, 4)
  return actual >= expected - tolerance and actual <= expected + tolerance
end)

-- Takes a failure message out from among a pattern's further arguments, where to begin and whether it is plain.
local function take_message(state, arguments)
  for i = 3, arguments.n do
    local value = arguments[i]
    if value and type(value) ~= "boolean" and not tonumber(value) then
      state.failure_message = value
      remove(arguments, i)
      arguments.n = arguments.n - 1
      return
    end
  end
end

-- What a pattern finds in a text, or nil.
local function found(text, pattern, init, plain)
  if plain then
    return find(text, pattern, init, true) and { pattern } or nil
  end
  local captures = compare.arglist(string_match(text, pattern, init))
  return captures[1] ~= nil and captures or nil
end

define({ "matches", "match" }, "matches", 2, function(state, arguments)
  local pattern, value = arguments[1], arguments[2]
  take_message(state, arguments)
  if type(pattern) ~= "string" then
    bad_argument(1, "matches", "string", type(pattern))
  elseif type(value) ~= "number" and not compare.has_text(value) then
    bad_argument(2, "matches", "string or object convertible to a string", shown.value(value))
  end
  local captures = found(tostring(value), pattern, arguments[3], arguments[4])
  swap(arguments)
  return captures ~= nil, captures or {}
end)

define({ "unique" }, "unique", 1, function(state, arguments)
  local deep, message = arguments[2], arguments[3]
  if type(deep) ~= "boolean" and not (deep == nil and arguments.n > 2) then
    deep, message = arguments[3], arguments[2]
  end
  state.failure_message = message
  return words.is_unique(arguments[1], deep == true)
end)

-- Errors ---------------------------------------------------------------------------------------------

-- Calls a function and answers whether it raised what; a text without its place.
local function raised(name, f)
  if not compare.is_callable(f) then
    bad_argument(1, name, "function or callable object", type(f))
  end
  local ok, value = pcall(f)
  if type(value) == "string" then
    value = gsub(value, "^.-:%d+: ", "", 1)
  end
  return not ok, value
end

-- What there is to show of an error that was, or was not, as expected.
local function show_error(arguments, failed, value, expected, any)
  arguments.n = 2
  arguments[1], arguments[2] = value, expected
  if not failed then
    arguments[1] = "(no error)"
  end
  if any then
    arguments[2] = "(error)"
  end
  arguments.nofmt = { [1] = not failed, [2] = any }
end

define({ "error", "errors" }, "error", 0, function(state, arguments)
  local expected = arguments[2]
  message_at(state, arguments, 3)
  local failed, value = raised("error", arguments[1])
  show_error(arguments, failed, value, expected, expected == nil)
  if not failed or expected == nil then
    return failed, { value, n = 1 }
  end
  if type(expected) == "string" and compare.has_text(value) then
    return tostring(value) == expected, { tostring(value) }
  elseif type(expected) == "number" and type(value) == "string" then
    return tonumber(value) == expected, { value }
  end
  return (compare.same(expected, value, true)), { value, n = 1 }
end)

define({ "error_matches", "error_match", "matches_error", "match_error" }, "error", 2, function(state, arguments)
  local pattern = arguments[2]
  if pattern ~= nil and type(pattern) ~= "string" then
    bad_argument(2, "error", "string", type(pattern))
  end
  take_message(state, arguments)
  local init, plain = arguments[3], arguments[4]
  local failed, value = raised("error_matches", arguments[1])
  show_error(arguments, failed, value, pattern, false)
  if not failed or (value == nil and pattern == nil) then
    return failed, {}
  elseif not compare.has_text(value) and type(value) ~= "number" and type(value) ~= "boolean" then
    return false, { value, n = 1 }
  end
  local captures = found(tostring(value), pattern, init, plain)
  return captures ~= nil, captures or { tostring(value) }
end)

-- Calls ----------------------------------------------------------------------------------------------

define({ "returned_arguments" }, "returned_arguments", 1, function(_, arguments)
  local expected, count = tostring(arguments[1]), tostring(arguments.n - 1)
  arguments[1], arguments[2], arguments.n = expected, count, 2
  arguments.nofmt = { true, true }
  return expected == count
end)

-- The spy that `assert.spy(s)` or `assert.stub(s)` was given.
local function spied(state, name)
  local spy = rawget(state, "payload")
  if type(spy) == "table" and type(spy.called) == "function" then
    return spy
  elseif type(spy) == "function" then
    error("When calling 'spy(aspy)', 'aspy' must not be the original function, but the spy function replacing the original", 0)
  end
  error("'" .. name .. "' must be chained after 'spy(aspy)'", 0)
end

local function calls(name, holds)
  define({ name }, name, 0, function(state, arguments)
    local spy, times = spied(state, name), arguments[1]
    if times == nil and not state.mod then
      state.mod, times = true, 0
    end
    local count = #spy.calls
    arguments[1], arguments[2], arguments.n = tostring(times or ">0"), tostring(count), 2
    arguments.nofmt = { true, true }
    if times == nil then
      return count > 0
    end
    return holds(count, times)
  end)
end
calls("called", function(count, times)
  return count == times
end)
calls("called_at_least", function(count, times)
  return count >= times
end)
calls("called_at_most", function(count, times)
  return count <= times
end)
calls("called_more_than", function(count, times)
  return count > times
end)
calls("called_less_than", function(count, times)
  return count < times
end)

-- `list` is what a spy keeps of its calls, or of their results.
local function with(name, list)
  define({ name }, name, 0, function(state, arguments)
    local kept = spied(state, name)[list]
    local expected = compare.shallow(arguments)
    local fitting = match.last_fitting(kept, expected)
    for i = 1, arguments.n do
      arguments[i] = nil
    end
    local told = fitting or kept[#kept]
    arguments[1], arguments[2], arguments.n = told and told.vals, expected, 2
    return fitting ~= nil
  end)
end
with("called_with", "calls")
with("returned_with", "returnvals")

return assertions
