-- record: makes tables of one shape, each by a constructor that is compiled for it; nothing makes them faster.
--
-- A shape says where the fields of a table come from, in order: `=MessageNew` is the field `name` itself; `.field` is what tables
-- share, and `[field:3` a list of three such; `'field` is a text of the table's own, `-field` a number, `+field` a number
-- that becomes a float, and `@field` an object. See luahost/drivers/crossing.py.
local error, tonumber = error, tonumber
local concat, format = table.concat, string.format
local gmatch, match = string.gmatch, string.match
local compile = loadstring or load

-- They last as long as the engine, as luahost's chunks do; a script decides neither what they are nor how many.
local shapes, known = {}, 0
local MOST_SHAPES = 200

local function fields_of(shape)
  local fields, shared, texts, numbers = {}, 0, 0, 0
  local function next_shared()
    shared = shared + 1
    return format("h[%d]", shared)
  end
  for kind, field in gmatch(shape, "([=.%['+@-])([^ ]+)") do
    local name, count = match(field, "^(.*):(%d+)$")
    local value
    if kind == "=" then
      name, value = "name", format("%q", field)
    elseif kind == "." then
      value = next_shared()
    elseif kind == "[" then
      local items = {}
      for i = 1, tonumber(count) do
        items[i] = next_shared()
      end
      value = "{" .. concat(items, ",") .. "}"
    elseif kind == "'" then
      texts = texts + 1
      value = format("v[t+%d]", texts)
    elseif kind == "@" then
      value = "u"
    else
      numbers = numbers + 1
      value = format(kind == "+" and "v[n+%d]+0.0" or "v[n+%d]", numbers)
    end
    fields[#fields + 1] = format("[%q]=%s", name or field, value)
  end
  return concat(fields, ","), texts, numbers
end

-- For a shape: a function that makes a table of what is shared, an object, a list of values, and by how many of these stand
-- before the texts and before the numbers of this table; and how many are texts and are numbers.
return function(shape)
  local found = shapes[shape]
  if not found then
    local fields, texts, numbers = fields_of(shape)
    local chunk, message = compile("return function(h,u,v,t,n) return {" .. fields .. "} end", "=luahost")
    if not chunk then
      error(message, 0)
    end
    if known == MOST_SHAPES then
      shapes, known = {}, 0
    end
    found = { make = chunk(), texts = texts, numbers = numbers }
    known, shapes[shape] = known + 1, found
  end
  return found.make, found.texts, found.numbers
end
