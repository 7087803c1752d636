-- JSON, of what Dovecot has in users, events and status.
local SELDOM = [==[seldom.lua]==]

local concat, find, format = table.concat, string.find, string.format

local seldom

local function seldom_needed()
  seldom = seldom or (loadstring or load)(SELDOM, "=luahost shim, seldom")()
  return seldom
end

local function json(value)
  local kind = type(value)
  if kind == "string" then
    -- utf8.len of Lua 5.3 takes halves of surrogate pairs for characters.
    if find(value, "[\128-\255]") and not (utf8 and utf8.len(value) and not find(value, "\237[\160-\191]")) then
      return seldom_needed().text(value)
    elseif find(value, '[%c"\\]') then
      value = value:gsub('[%c"\\]', function(character) return format("\\u%04x", character:byte()) end)
    end
    return '"' .. value .. '"'
  elseif kind == "number" then
    -- Dovecot's whole numbers are floats in Lua 5.3 and later.
    return format(value % 1 == 0 and "%.0f" or "%.17g", value)
  elseif kind == "table" then
    local items = {}
    for place = 1, #value do
      items[place] = json(value[place])
    end
    return "[" .. concat(items, ",") .. "]"
  end
  return tostring(value)
end

-- An object of those fields that are there.
local function object(fields, from)
  local members = {}
  for place = 1, #fields do
    local value = from[fields[place]]
    if value ~= nil then
      members[#members + 1] = '"' .. fields[place] .. '":' .. json(value)
    end
  end
  return "{" .. concat(members, ",") .. "}"
end

return concat, seldom_needed, json, object
