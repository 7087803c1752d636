-- copier: makes functions that copy a table, for what each session gets one of: libraries, methods, constants.
--
-- A constructor that names every field makes a table of the right size at once, and is several times faster than a loop,
-- whose table grows step by step. To compile one takes longer than many loops, so it is made for the second session: many an
-- engine sees one only.
local _, _, import = ...

local next, type = next, type

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
      construct = import("runtime.constructor")(made)
      return construct()
    end
    used = true
    return made
  end
end
