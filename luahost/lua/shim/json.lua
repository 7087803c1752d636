-- JSON, of what Dovecot has in users, events and status.
local SELDOM = [==[seldom.lua]==]

local concat, find, format = table.concat, string.find, string.format

local seldom

local function seldom_needed()
  seldom = seldom or (loadstring or load)(SELDOM, "=luahost shim, seldom")()
  return seldom
end

-- A text is plain if it is nothing but printable ASCII without " and \; what is common comes first, as it is looked up.
local function json(value)
  local kind = type(value)
  if kind == "string" then
    if find(value, "^[]-~ #-[!]*$") then
      return '"' .. value .. '"'
    -- utf8.len of Lua 5.3 takes halves of surrogate pairs for characters.
    elseif find(value, "[\128-\255]") and not (utf8 and utf8.len(value) and not find(value, "\237[\160-\191]")) then
      return seldom_needed().text(value)
    end
    return '"' .. value:gsub('[%c"\\]', function(character) return format("\\u%04x", character:byte()) end) .. '"'
  elseif kind == "number" then
    -- Dovecot's whole numbers are floats in Lua 5.3 and later.
    return format(value % 1 == 0 and value < 2 ^ 53 and value > -2 ^ 53 and "%d" or "%.17g", value)
  elseif kind == "table" then
    local items = {}
    for place = 1, #value do
      items[place] = json(value[place])
    end
    return "[" .. concat(items, ",") .. "]"
  end
  return tostring(value)
end

-- An object of those fields that are there. What is false or an empty list goes without saying.
local function object(fields, from)
  local members, count = {}, 0
  for place = 1, #fields do
    local field = fields[place]
    local value = from[field]
    if value and (type(value) ~= "table" or value[1]) then
      count = count + 1
      members[count] = '"' .. field .. '":' .. json(value)
    end
  end
  return "{" .. concat(members, ",") .. "}"
end

return concat, seldom_needed, json, object
