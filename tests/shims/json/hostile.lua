-- A script that breaks the standard library for itself, and hands over what is too deep.

local concat, pcall, rep, tostring, type = table.concat, pcall, string.rep, tostring, type

local function poison()
  for _, library in pairs({ string, table, math }) do
    for name in pairs(library) do
      library[name] = function() error("poisoned") end
    end
  end
  for _, name in pairs({ "next", "tostring", "tonumber", "select", "setmetatable", "getmetatable", "type", "pairs" }) do
    _G[name] = nil
  end
end

local function nested(depth)
  local value = {}
  for _ = 2, depth do
    value = { value }
  end
  return value
end

-- "table", "string", or the message of an error.
local function outcome(f, value)
  local ok, result, position, message = pcall(f, value)
  if not ok then
    return tostring(result)
  end
  return result ~= nil and type(result) or tostring(message or position)
end

-- For one module: a table of functions that answer a text.
return function(json)
  local decode, encode = json.decode, json.encode
  if json.encode_pretty then
    decode = function(text) return json:decode(text) end
    encode = function(value) return json:encode(value) end
  end

  local hostile = {}

  function hostile.poisoned()
    poison()
    local value = decode('[1,"a\\u00e9",{"b":[]}]')
    return encode(value)
  end

  function hostile.deep()
    local depth = 100000
    return concat({
      outcome(decode, rep("[", depth) .. rep("]", depth)),
      outcome(decode, rep('{"a":', depth)),
      outcome(encode, nested(depth)),
    }, "\n")
  end

  return hostile
end
