-- JSON, of what Dovecot has in users, events and status.
local SELDOM = [==[seldom.lua]==]

local concat, find, format, type = table.concat, string.find, string.format, type

local loaded

local function seldom()
  loaded = loaded or (loadstring or load)(SELDOM, "=luahost shim, seldom")()
  return loaded
end

-- JSON of a value, but for the quotes around a text, which come second.
local function json(value)
  local kind = type(value)
  if kind == "string" then
    -- Most is nothing but printable ASCII without " and \, and looked through once; what is common comes first.
    if not find(value, "^[]-~ #-[!]*$") then
      -- utf8.len of Lua 5.3 takes halves of surrogate pairs for characters.
      if find(value, "[\128-\255]") and not (utf8 and utf8.len(value) and not find(value, "\237[\160-\191]")) then
        return seldom().text(value), ""
      end
      value = value:gsub('[%c"\\]', function(character) return format("\\u%04x", character:byte()) end)
    end
    return value, '"'
  elseif kind == "number" then
    -- Dovecot's whole numbers are floats in Lua 5.3 and later.
    return format(value % 1 == 0 and value < 1e15 and value > -1e15 and "%d" or "%.17g", value), ""
  end
  return kind == "table" and seldom().list(value, json) or tostring(value), ""
end

-- An object of those fields that are there. What is false or an empty list goes without saying.
local function object(fields, from)
  local members, count = {}, 0
  for place = 1, #fields do
    local field = fields[place]
    local value = from[field]
    if value and (type(value) ~= "table" or value[1]) then
      count = count + 1
      local text, quote = json(value)
      members[count] = '"' .. field .. '":' .. quote .. text .. quote
    end
  end
  return "{" .. concat(members, ",") .. "}"
end

return concat, format, seldom, json, object
