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

local function fields_of(shape)
  local fields, at = {}, 0
  for field in gmatch(shape, "[^ ]+") do
    local name, count = match(field, "^(.*):(%d+)$")
    local values = {}
    for i = 1, tonumber(count or 1) do
      values[i] = format("v[o+%d]", at + i)
    end
    at = at + #values
    fields[#fields + 1] = format(count and "[%q]={%s}" or "[%q]=%s", name or field, concat(values, ","))
  end
  return concat(fields, ","), at
end

-- For a shape: a function that makes its tables from a list of values, behind an offset; and how many values it takes.
return function(shape)
  local found = shapes[shape]
  if not found then
    local fields, count = fields_of(shape)
    local chunk, message = compile("return function(v,o) return {" .. fields .. "} end", "=luahost")
    if not chunk then
      error(message, 0)
    end
    if known == MOST_SHAPES then
      shapes, known = {}, 0
    end
    found = { make = chunk(), count = count }
    known, shapes[shape] = known + 1, found
  end
  return found.make, found.count
end
