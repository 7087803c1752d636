-- array: assert.array(list).has.no.holes(), as luassert has it.
local _, _, import = ...

local floor = math.floor
local pairs, rawget, type = pairs, rawget, type
local assert = import("testing.assert")
local say = import("testing.say")
local words = import("testing.words")

say:set("assertion.array_holes.positive", "Expected array to have holes, but none was found.\n")
say:set("assertion.array_holes.negative", "Expected array to not have holes, hole found at position: %s\n")

function words.modifiers.array(state, arguments)
  state.array = arguments and arguments[1]
end

local function largest_index(list)
  local largest = 0
  for key in pairs(list) do
    if type(key) == "number" and key > largest and floor(key) == key then
      largest = key
    end
  end
  return largest
end

-- Answers whether there is a hole, and its place. An argument says how long the list is to be.
assert:register("assertion", "holes", function(state, arguments)
  local list, length = rawget(state, "array"), arguments[1]
  if list == nil then
    words.fail("No array set, please use the array modifier to set the array to validate")
  elseif length ~= nil and type(length) ~= "number" then
    words.fail("expected array length to be of type 'number', got: " .. type(length))
  end
  local hole
  for i = 1, length or largest_index(list) do
    if list[i] == nil then
      hole = i
      break
    end
  end
  arguments[1], arguments.n = hole, 1
  return hole ~= nil, { hole, n = 1 }
end, "assertion.array_holes.positive", "assertion.array_holes.negative")
