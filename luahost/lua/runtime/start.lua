-- start: what lasts as long as a Lua engine, while sessions come and go; see luahost/runtime/engine.py.
--
-- Kept are luahost's chunks, compiled once. They run anew for each session, and so does boot.lua, which builds all
-- that a script can reach. Lua's own libraries, some of whose functions a session replaces, are put back as they were.
local ask, boot = ...

local pairs, type = pairs, type
local sethook, randomseed = debug.sethook, math.randomseed

-- Where random numbers begin by chance. Lua's own choice is the time in seconds and where the engine is.
local random_from_the_start = _VERSION == "Lua 5.4" or _VERSION == "Lua 5.5"

local chunks = {}

local originals = { [_G] = {} }
for name, value in pairs(_G) do
  originals[_G][name] = value
  if type(value) == "table" and value ~= _G then
    originals[value] = {}
    for key, function_or_constant in pairs(value) do
      originals[value][key] = function_or_constant
    end
  end
end

-- Begins a session, for a script that is `trusted` or not, with random numbers that follow from what comes then.
-- Answers what boot.lua does.
return function(trusted, ...)
  sethook()
  for library, saved in pairs(originals) do
    for name, value in pairs(saved) do
      library[name] = value
    end
  end
  if random_from_the_start then
    randomseed(...)
  end
  return boot(ask, chunks, trusted)
end
