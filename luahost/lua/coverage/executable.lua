-- executable: which lines of a function can run, as the running Lua's own compiler says. The Lua half of
-- luahost/testing/coverage/executable.py.
--
-- Nothing of a script runs here: a chunk is compiled and looked at, and at most runs to make one function of it,
-- in an environment where there is nothing.
local concat, getinfo, pairs, pcall, type = table.concat, debug.getinfo, pairs, pcall, type
local load, loadstring, setfenv = load, loadstring, setfenv

local function compile(source, name)
  if setfenv then
    local chunk = loadstring(source, name)
    return chunk and setfenv(chunk, {})
  end
  return (load(source, name, "t", {}))
end

local function lines(f)
  local found = {}
  for line in pairs(getinfo(f, "L").activelines) do
    found[#found + 1] = line
  end
  return concat(found, " ")
end

local entries = {}

-- The lines of a file outside of its functions; nil if it does not compile.
function entries.of_file(source, name)
  local chunk = compile(source, name)
  return chunk and lines(chunk)
end

-- The lines of the function that `return function (…) … end` gives; nil if that does not compile.
function entries.of_function(source, name)
  local chunk = compile(source, name)
  local ok, f = pcall(chunk or function() end)
  if ok and type(f) == "function" then
    return lines(f)
  end
end

return entries
