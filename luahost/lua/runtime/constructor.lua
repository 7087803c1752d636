-- constructor: compiles a function that makes copies of a table, for runtime.copier.
local _, _, import = ...

local compile, globals = import("runtime").compile, _G
local next, type, unpack = next, type, table.unpack or unpack
local concat, format = table.concat, string.format

-- The constructor of a table and of those in it, all of which are added to `tables`.
local function constructor(original, tables)
  tables[#tables + 1] = original
  local own, fields = "t" .. #tables, {}
  for name, value in next, original do
    local copied = type(value) == "table" and constructor(value, tables) or format("%s[%q]", own, name)
    fields[#fields + 1] = format("[%q] = %s", name, copied)
  end
  return "{ " .. concat(fields, ", ") .. " }"
end

return function(original)
  local tables, names = {}, {}
  local made = constructor(original, tables)
  for i = 1, #tables do
    names[i] = "t" .. i
  end
  local text = format("local %s = ... return function() return %s end", concat(names, ", "), made)
  return compile(text, "@luahost/lua/runtime/constructor.lua", globals)(unpack(tables))
end
