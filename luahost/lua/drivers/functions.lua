-- drivers.functions: which functions a script has for transactions; the Lua half of luahost/drivers/handlers.py.
local _, _, import, each_session = ...

local concat, format = table.concat, string.format
local getmetatable, rawget, select, type = getmetatable, rawget, select, type
local compile = loadstring or load
local runtime = import("runtime")

local functions = {}

-- begin_txn and the handlers, in the order of luahost/drivers/handlers.py, which knows of those there are as a sum of bits.
local names, bits = {}, {}

-- What was found under these names if each was a function or nil; as a sum; and whether a table still has the same.
local found, sum, are_the_same

function functions.there()
  local env = runtime.env
  -- Without a metatable, which dovecot.restrict_global_variables gives it, a field is what rawget answers.
  local plain = getmetatable(env) == nil
  if plain and found and are_the_same(env, found) then
    return sum
  end
  local functions_only = {}
  sum, found = 0, plain and functions_only or nil
  for i = 1, #names do
    local value = rawget(env, names[i])
    if type(value) == "function" then
      sum, functions_only[i] = sum + bits[i], value
    elseif value ~= nil then
      found = nil
    end
  end
  return sum
end

each_session(function()
  found = nil
end)

-- Which functions there are; the first time with the names of all there can be.
function functions.named(...)
  if not are_the_same then
    local compared = {}
    for i = 1, select("#", ...) do
      names[i], bits[i] = (select(i, ...)), 2 ^ (i - 1)
      compared[i] = format("t[%q]==f[%d]", names[i], i)
    end
    are_the_same = compile("return function(t,f) return " .. concat(compared, " and ") .. " end", "=luahost")()
  end
  return functions.there()
end

-- Lets go of what was found: a function may be all that holds something of the script's.
function functions.forget()
  found = nil
end

return functions
