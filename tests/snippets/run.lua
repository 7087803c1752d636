-- Runs snippets of Lua, under luahost and under any other Lua, and says what each gives or raises: one line a
-- snippet, in which the same value is the same text on both. Addresses go; an integer is told from a float.

-- luacheck: globals run loadstring

local compile = loadstring or load
local math_type = math.type or function()
  return "float"
end

local function quoted(text)
  return '"' .. string.gsub(text, '[^%w%p ]', function(char)
    return string.format("\\x%02x", string.byte(char))
  end) .. '"'
end

local function number(value)
  if value ~= value then
    return "nan"
  end
  return math_type(value) == "integer" and string.format("%d", value) or string.format("%.17g", value) .. "f"
end

local function value_text(value, depth)
  local kind = type(value)
  if kind == "string" then
    return quoted((string.gsub(value, "0x%x%x%x%x%x%x+", "0x")))
  elseif kind == "number" then
    return number(value)
  elseif kind == "nil" or kind == "boolean" then
    return tostring(value)
  elseif kind ~= "table" or depth > 6 then
    return "<" .. kind .. ">"
  end
  local parts = {}
  for key, item in next, value do
    parts[#parts + 1] = "[" .. value_text(key, depth + 1) .. "]=" .. value_text(item, depth + 1)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

-- What does not end is stopped in the real Lua, and then not tried in luahost, whose scripts have no hooks.
local ENDLESS = 200000
local sethook = debug.sethook or function() end

local function outcome(ok, ...)
  sethook()
  local parts = { ok and "gives" or "raises" }
  for index = 1, select("#", ...) do
    parts[index + 1] = value_text((select(index, ...)), 0)
  end
  return table.concat(parts, " ")
end

local function outcome_of(f)
  local endless = false
  sethook(function()
    endless = true
    error("endless", 0)
  end, "", ENDLESS)
  local text = outcome(pcall(f))
  return endless and "is endless" or text
end

-- The names that snippets use go before them, for each anew.
function run(prelude, snippets)
  local lines = {}
  for index, text in ipairs(snippets) do
    local f, message = compile(prelude .. " " .. text, "=case")
    lines[index] = f and outcome_of(f) or "is no Lua " .. quoted(message)
  end
  return table.concat(lines, "\n")
end
