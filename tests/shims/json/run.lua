-- Runs the cases of one module and answers one line for each: what it returned or raised.
--
-- The same chunk runs under the interpreter with the real library and under luahost, so both sides
-- write values in the same words: integers and floats differ, strings are quoted byte by byte, and
-- tables have sorted keys and the JSON type that their metatable names.

local byte, format, gsub, match = string.byte, string.format, string.gsub, string.match
local math_type = math.type or function() return "number" end

local function write_number(number)
  if number ~= number then
    return "nan"
  elseif math_type(number) == "integer" then
    return format("%d", number)
  end
  return math_type(number) .. " " .. format("%.17g", number)
end

local function write_string(text)
  return '"' .. gsub(text, '[%c"\\\127-\255]', function(char) return format("\\%03d", byte(char)) end) .. '"'
end

local function writer(json)
  local names = {}
  for _, name in ipairs({ "null", "undefined" }) do
    local value = json[name]
    if value == nil and json.util then
      value = json.util[name]
    end
    if value ~= nil then
      names[value] = name
    end
  end

  local write

  local function write_table(value, open)
    if open[value] then
      return "cycle"
    end
    open[value] = true
    local parts = {}
    for key, item in next, value do
      parts[#parts + 1] = "[" .. write(key, open) .. "]=" .. write(item, open)
    end
    table.sort(parts)
    open[value] = nil
    local meta = getmetatable(value)
    local kind = type(meta) == "table" and rawget(meta, "__jsontype")
    return (kind and kind .. " " or "") .. "{" .. table.concat(parts, ", ") .. "}"
  end

  function write(value, open)
    local kind = type(value)
    if value ~= nil and names[value] then
      return names[value]
    elseif kind == "number" then
      return write_number(value)
    elseif kind == "string" then
      return write_string(value)
    elseif kind == "table" then
      return write_table(value, open)
    elseif kind == "boolean" or kind == "nil" then
      return tostring(value)
    end
    return kind
  end

  return write
end

-- A library that is itself Lua puts its own file and line in front of some of its errors, and one
-- compiles a part of itself from a string.
local function without_place(text)
  return match(text, "^[^\n]-%.lua:%d+: (.*)$") or match(text, '^%[string [^\n]-"%]:%d+: (.*)$') or text
end

return function(json, cases)
  local write, lines = writer(json), {}

  local function write_all(ok, ...)
    local parts = {}
    for index = 1, select("#", ...) do
      local value = select(index, ...)
      if not ok and type(value) == "string" and not cases.keep_places then
        value = without_place(value)
      end
      parts[index] = write(value, {})
    end
    return (ok and "gives " or "fails ") .. table.concat(parts, ", ")
  end

  for index, case in ipairs(cases) do
    lines[index] = case[1] .. ": " .. write_all(pcall(case[2], json))
  end
  return table.concat(lines, "\n")
end
