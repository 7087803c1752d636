-- values: tables across the boundary, where only plain values cross: flat, and each behind a mark that says whether
-- it is a value as it stands or a table, whose keys and values follow. The Python half is luahost/testing/spec/values.py.
local select, type = select, type
local next = next
local error, format = error, string.format
local unpack = table.unpack or unpack

local PLAIN, TABLE = "=", "{"

-- Tables within tables; one that holds itself ends here.
local MOST_DEPTH = 50

local PLAIN_TYPES = { ["nil"] = true, boolean = true, number = true, string = true }

local values = {}

-- Appends a value to the flat list `into`, which counts in `n`.
local function put(into, value, depth)
  local kind, n = type(value), into.n
  if PLAIN_TYPES[kind] then
    into[n + 1], into[n + 2], into.n = PLAIN, value, n + 2
    return
  elseif kind ~= "table" then
    error(format("a %s cannot be handed over, only text, numbers, booleans and tables of them", kind), 0)
  elseif depth > MOST_DEPTH then
    error("a table is nested too deeply, or holds itself", 0)
  end
  local count = 0
  into[n + 1], into.n = TABLE, n + 2
  for key, item in next, value do
    put(into, key, depth + 1)
    put(into, item, depth + 1)
    count = count + 1
  end
  into[n + 2] = count
end

-- Values as what crosses. Raises an error without a place if they hold what cannot.
function values.flat(...)
  local into = { n = 0 }
  for i = 1, select("#", ...) do
    put(into, (select(i, ...)), 1)
  end
  return unpack(into, 1, into.n)
end

-- The value that stands at `at` in a flat list, and where the next one stands.
local function take(list, at)
  if list[at] == PLAIN then
    return list[at + 1], at + 2
  end
  local made, count = {}, list[at + 1]
  at = at + 2
  for _ = 1, count do
    local key, value
    key, at = take(list, at)
    value, at = take(list, at)
    made[key] = value
  end
  return made, at
end

-- Gathers what comes in parts: each begins with whether there is more, which `more` then answers.
local function gather(list, more, go_on, ...)
  local n = list.n
  for i = 1, select("#", ...) do
    list[n + i] = (select(i, ...))
  end
  list.n = n + select("#", ...)
  if go_on then
    return gather(list, more, more())
  end
  return list
end

-- The one value that has come over so.
function values.of(more, ...)
  return (take(gather({ n = 0 }, more, ...), 1))
end

return values
