-- copier: makes functions that copy a table, for what each session gets one of: libraries, methods, constants.
--
-- A constructor that names every field makes a table of the right size at once, and is several times faster than a loop,
-- whose table grows step by step. To compile one takes longer than many loops, so it is made for the second session: many an
-- engine sees one only.
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

local function compiled(original)
  local tables, names = {}, {}
  local made = constructor(original, tables)
  for i = 1, #tables do
    names[i] = "t" .. i
  end
  local text = format("local %s = ... return function() return %s end", concat(names, ", "), made)
  return compile(text, "@luahost/lua/runtime/copier.lua", globals)(unpack(tables))
end

local function copy(original)
  local copied = {}
  for name, value in next, original do
    copied[name] = type(value) == "table" and copy(value) or value
  end
  return copied
end

-- A function that copies a table whose keys are names, with the tables in it, which have no metatables. Instead of a table
-- that is kept for that it takes a function that makes one.
return function(original)
  local construct
  local used = false
  return function()
    if construct then
      return construct()
    end
    local made = type(original) == "function" and original() or copy(original)
    if used then
      construct = compiled(made)
      return construct()
    end
    used = true
    return made
  end
end
