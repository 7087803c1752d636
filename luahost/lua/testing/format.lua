-- format: values as failures show them, in luassert's form.
local _, _, import = ...

local next, pairs, tostring, type = next, pairs, tostring, type
local getinfo, getmetatable, setmetatable = debug.getinfo, debug.getmetatable, debug.setmetatable
local find, format, gsub, rep = string.find, string.format, string.gsub, string.rep
local concat, insert, remove, sort = table.concat, table.insert, table.remove, table.sort
local floor, math_type = math.floor, math.type
local compare = import("testing.compare")
local match = import("testing.match")

local shown = {}

-- How tables are shown; see assert:set_parameter.
local parameters = {
  TableFormatLevel = 3, TableFormatShowRecursion = false,
  TableErrorHighlightCharacter = "*", TableErrorHighlightColor = "none",
}
shown.parameters = parameters

-- What a spec adds with assert:add_formatter, the last one first.
shown.formatters = {}

-- A number with all that it has, and other keys and values as Lua has them.
local function exact(value)
  if type(value) ~= "number" then
    return tostring(value)
  elseif value ~= value then
    return "NaN"
  elseif value == 1 / 0 then
    return "Inf"
  elseif value == -1 / 0 then
    return "-Inf"
  end
  local digits = format("%.20g", value)
  if math_type and math_type(value) == "float" and not find(digits, "[%.,]") then
    return (gsub(digits, "%d+", "%0.0", 1))
  end
  return digits
end

local ORDER = { number = 1, boolean = 2, string = 3, table = 4, ["function"] = 5, userdata = 6, thread = 7 }

-- The keys of a table: those of a list, then numbers, true and false, texts, others.
local function sorted_keys(list)
  local keys, length = {}, #list
  for key in next, list do
    keys[#keys + 1] = key
  end
  local function rank(key)
    local in_list = type(key) == "number" and key >= 1 and key <= length and floor(key) == key
    return in_list and 0 or ORDER[type(key)]
  end
  sort(keys, function(one, other)
    local rank_of_one, rank_of_other = rank(one), rank(other)
    if rank_of_one ~= rank_of_other then
      return rank_of_one < rank_of_other
    elseif type(one) == "string" or type(one) == "number" then
      return one < other
    end
    return type(one) == "boolean" and one and not other
  end)
  return keys
end

-- What Lua calls a table, whatever its metatable says.
local function name_of(list)
  local metatable = getmetatable(list)
  if not metatable then
    return tostring(list)
  elseif not compare.can_be_set(metatable) then
    return "table"
  end
  setmetatable(list, nil)
  local name = tostring(list)
  setmetatable(list, metatable)
  return name
end

-- `way`: the keys that lead to a difference, the innermost first.
local function table_text(list, way)
  local most, open = parameters.TableFormatLevel, {}
  local sign = parameters.TableErrorHighlightCharacter or ""

  local function text_at(inner, level, on_the_way)
    if parameters.TableFormatShowRecursion and open[inner] then
      return "{ ... recursive }"
    elseif next(inner) == nil then
      return "{ }"
    elseif most >= 0 and level > most then
      return "{ ... more }"
    end
    open[inner] = true
    local lines, marked = { "{" }, way and way[#way - level + 1]
    for _, key in pairs(sorted_keys(inner)) do
      local value, is_marked = inner[key], on_the_way and marked == key
      if type(value) == "table" then
        value = text_at(value, level + 1, is_marked)
      elseif type(value) == "string" then
        value = "'" .. value .. "'"
      end
      local mark = is_marked and sign or ""
      lines[#lines + 1] = format("%s%s[%s] = %s", rep(" ", level * 2 - #mark), mark, exact(key), exact(value))
    end
    open[inner] = nil
    return concat(lines, "\n") .. " }"
  end

  return "(" .. name_of(list) .. ") " .. text_at(list, 1, true)
end

local function texts_of(list)
  local texts = {}
  for i = 1, list.n do
    texts[i] = shown.value(list[i])
  end
  return concat(texts, ", ")
end

local FORMS = {
  string = function(value)
    return "(string) '" .. value .. "'"
  end,
  number = function(value)
    return "(number) " .. exact(value)
  end,
  boolean = function(value)
    return "(boolean) " .. tostring(value)
  end,
  ["nil"] = function()
    return "(nil)"
  end,
  ["function"] = function(value)
    local info = getinfo(value, "S")
    return format("%s @ line %s in %s", tostring(value), tostring(info.linedefined), info.source)
  end,
  userdata = function(value)
    return "(userdata) '" .. tostring(value) .. "'"
  end,
  thread = function(value)
    return "(thread) '" .. tostring(value) .. "'"
  end,
  table = function(value, how)
    if match.is_matcher(value) then
      local prefix = value.mod and "is." or "no."
      return "(matcher) " .. prefix .. value.name .. "(" .. texts_of(value.arguments) .. ")"
    elseif compare.is_arglist(value) then
      return "(values list) (" .. texts_of(value) .. ")"
    end
    return table_text(value, how and how.crumbs)
  end,
}

-- A value as text. `how.crumbs`: keys that lead to what differs.
function shown.value(value, how)
  for i = 1, #shown.formatters do
    local text = shown.formatters[i](value, how)
    if text ~= nil then
      return text
    end
  end
  local form = FORMS[type(value)]
  return form and form(value, how) or tostring(value)
end

function shown.add(formatter)
  insert(shown.formatters, 1, formatter)
end

function shown.remove(formatter)
  for i = #shown.formatters, 1, -1 do
    if shown.formatters[i] == formatter then
      remove(shown.formatters, i)
    end
  end
end

return shown
