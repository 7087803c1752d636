-- words: chains of words such as assert.is_not.equal, and what is raised where one does not hold.
--
-- A chain is a state with tokens; its words may stand behind dots or underscores. Modifiers change the state, the last
-- other word is what is asked for.
local _, _, import = ...

local error, ipairs, pairs, rawget = error, ipairs, pairs, rawget
local getmetatable, setmetatable = debug.getmetatable, setmetatable
local gmatch, lower = string.gmatch, string.lower
local insert, remove = table.insert, table.remove
local tostring, type = tostring, type
local compare = import("testing.compare")
local place = import("runtime.stack").place

local words = {
  TOO_FEW = "the '%s' function requires a minimum of %s arguments, got: %s",
  BAD_ARGUMENT = "bad argument #%s to '%s' (%s expected, got %s)",
}

-- What is raised -----------------------------------------------------------------------------------

local failure_metatable = {
  __tostring = function(self)
    return self.message
  end,
}

-- Raises an assertion that does not hold, or `pending`: a test that is not to be judged.
function words.fail(message, pending)
  local _, line, short_file = place()
  local where = short_file and short_file .. ":" .. line .. ": " or ""
  local text = compare.has_text(message) and tostring(message) or nil
  error(setmetatable({
    message = where .. (text or ""), words = text, value = message, pending = pending,
  }, failure_metatable), 0)
end

function words.is_failure(value)
  return type(value) == "table" and getmetatable(value) == failure_metatable
end

-- Chains -------------------------------------------------------------------------------------------

local function nothing() end

local function negate(state)
  state.mod = not state.mod
end

words.modifiers = { is = nothing, are = nothing, was = nothing, has = nothing, does = nothing, ["not"] = negate, no = negate }

-- The words of a chain, from its tokens: from the end, the longest that are known.
local function known_words(kind, space, tokens)
  local found, unknown = {}, nil
  local i = #tokens
  while i >= 1 do
    local word = tokens[i] .. (unknown and "_" .. unknown or "")
    while i > 1 and space[tokens[i - 1] .. "_" .. word] do
      i = i - 1
      word = tokens[i] .. "_" .. word
    end
    if space[word] or words.modifiers[word] then
      insert(found, 1, word)
      unknown = nil
    else
      unknown = word
    end
    i = i - 1
  end
  if unknown then
    error("luassert: unknown modifier/" .. kind .. ": '" .. unknown .. "'", 0)
  end
  return found
end

-- By the tokens that stand between dots.
local split = setmetatable({}, {
  __index = function(parts, key)
    local tokens = {}
    for token in gmatch(lower(key), "[^_]+") do
      tokens[#tokens + 1] = token
    end
    parts[key] = tokens
    return tokens
  end,
})

local function called(kind, space, act, state, ...)
  local tokens = rawget(state, "tokens")
  local found = known_words(kind, space, tokens)
  local asked
  for i = 1, #found do
    asked = space[found[i]] or asked
  end
  for i = #tokens, 1, -1 do
    remove(tokens, i)
  end
  local arguments = not asked and compare.arglist(...)
  for i = 1, #found do
    local modifier = words.modifiers[found[i]]
    if modifier then
      modifier(state, arguments)
    end
  end
  if asked then
    return act(state, asked, ...)
  end
  return state
end

-- No tail call to what raises: it would take the test's line off the stack.
local function given(...)
  return ...
end

-- Answers a function that makes chains. `kind` is what their words are called, `space` has them, and `act` is called with
-- the state, the word asked for and its arguments.
function words.chains(kind, space, act)
  local metatable = {
    __index = function(state, key)
      if type(key) ~= "string" then
        return nil
      end
      local tokens = rawget(state, "tokens")
      for _, token in ipairs(split[key]) do
        tokens[#tokens + 1] = token
      end
      return state
    end,
    __call = function(state, ...)
      return given(called(kind, space, act, state, ...))
    end,
  }
  return function()
    return setmetatable({ mod = true, tokens = {} }, metatable)
  end
end

-- Whether no two things in a table are equal, or the same if `deep`.
function words.is_unique(list, deep)
  for key, value in pairs(list) do
    for other_key, other in pairs(list) do
      if key ~= other_key and (value == other or (deep and compare.same(value, other, true))) then
        return false
      end
    end
  end
  return true
end

return words
