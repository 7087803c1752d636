-- record: makes tables of one shape, each by a constructor that is compiled for it; nothing makes them faster.
--
-- A shape is a space-separated list of field names; `name:3` is a list of three values. Lists come last.
local error, tonumber = error, tonumber
local concat, format = table.concat, string.format
local gmatch, match = string.gmatch, string.match
local compile = loadstring or load

-- They last as long as the engine, as luahost's chunks do; a script decides neither what they are nor how many.
local shapes, known = {}, 0
local MOST_SHAPES = 200

-- A function has room for so many parameters in every Lua; beyond that values go through a table.
local MOST_PARAMETERS = 100

local function fields_of(shape, parameter)
  local fields, at = {}, 0
  for field in gmatch(shape, "[^ ]+") do
    local name, count = match(field, "^(.*):(%d+)$")
    local values = {}
    for i = 1, tonumber(count or 1) do
      values[i] = format(parameter, at + i)
    end
    at = at + #values
    fields[#fields + 1] = format(count and "[%q]={%s}" or "[%q]=%s", name or field, concat(values, ","))
  end
  return concat(fields, ","), at
end

local function source_of(shape)
  local fields, count = fields_of(shape, "v%d")
  if count > MOST_PARAMETERS then
    return "return function(...) local v = {...} return {" .. fields_of(shape, "v[%d]") .. "} end"
  end
  local parameters = {}
  for i = 1, count do
    parameters[i] = format("v%d", i)
  end
  return "return function(" .. concat(parameters, ",") .. ") return {" .. fields .. "} end"
end

-- The function that makes tables of this shape of their values.
return function(shape)
  local make = shapes[shape]
  if not make then
    local chunk, message = compile(source_of(shape), "=luahost")
    if not chunk then
      error(message, 0)
    end
    if known == MOST_SHAPES then
      shapes, known = {}, 0
    end
    make = chunk()
    known, shapes[shape] = known + 1, make
  end
  return make
end
