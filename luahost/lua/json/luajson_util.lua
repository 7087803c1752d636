-- json.luajson_util: what scripts see as json.util, and how options are put together.

local error, floor, getmetatable, pairs = error, math.floor, getmetatable, pairs
local select, setmetatable, type = select, setmetatable, type
local _, check = ...

local util = {}

-- Stand for null and undefined; each is a function that answers itself, as in luajson.
function util.null()
  return util.null
end

function util.undefined()
  return util.undefined
end

local null, undefined = util.null, util.undefined

local ARRAY = {}

-- Marks a table as an array, whatever it holds.
function util.InitArray(array)
  return setmetatable(check.table(1, array), ARRAY)
end

-- true for a marked array, false for what cannot be one, nothing where only the keys will tell.
function util.IsArray(value)
  if type(value) ~= "table" then
    return false
  end
  local meta = getmetatable(value)
  if type(meta) == "table" and (meta == ARRAY or meta.__is_luajson_array) then
    return true
  elseif #value == 0 then
    return false
  end
end

-- The declared length of an array: its field n, where that can be one.
function util.declared_length(value)
  local n = value.n
  if type(n) == "number" and n >= 1 and floor(n) == n then
    return n
  end
end

-- Copies the fields of the other tables into the first; later ones win.
function util.merge(into, ...)
  for index = 1, select("#", ...) do
    local from = select(index, ...)
    if from then
      for key, value in pairs(from) do
        into[key] = value
      end
    end
  end
  return into
end

function util.clone(value)
  return util.merge({}, check.table(1, value))
end

-- Options with defaults for what is not given, group by group: number, array, strings and so on.
function util.with_defaults(defaults, given)
  local options = util.merge({}, defaults, given)
  for name, group in pairs(defaults) do
    if type(group) == "table" then
      options[name] = util.merge({}, group, given[name])
    end
  end
  return options
end

-- Refuses the options that luahost does not offer, each with a value that is no request for it.
function util.refuse(options, what, names)
  for group, denied in pairs(names) do
    for name in pairs(denied) do
      if options[group] and options[group][name] then
        error("luahost: " .. what .. " does not offer the option " .. group .. "." .. name, 4)
      end
    end
  end
end

util.public = {
  InitArray = util.InitArray, IsArray = util.IsArray, clone = util.clone, merge = util.merge,
  null = null, undefined = undefined,
}

for _, name in pairs({ "buildCall", "decodeCall", "isCall", "doOptionMerge", "printValue" }) do
  util.public[name] = function()
    error("luahost: json.util." .. name .. " is not offered", 2)
  end
end

return util
