-- json.jsonlua_encode: writes JSON as Jeffrey Friedl's JSON.lua 20170927.26 does.
--
--   encode(self, value, etc, options) → text or nil, message in JSON.lua's words
--
-- `self` is the JSON object: noKeyConversion and unsupportedTypeEncoder count.

local concat, gsub, huge, rep, sort = table.concat, string.gsub, math.huge, string.rep, table.sort
local pairs, tostring, type = pairs, tostring, type
local _, _, import = ...
local numbers = import("json.jsonlua_number")

local quote = import("json.quote")('[%c"\\]', {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\127"] = false,
  ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}, "\\u%04x")

-- JavaScript of old took U+2028 and U+2029 for line ends.
local function quoted(text, options)
  text = quote(text)
  if options.stringsAreUtf8 then
    text = gsub(gsub(text, "\226\128\168", "\\u2028"), "\226\128\169", "\\u2029")
  end
  return text
end

local function number(value)
  if value ~= value then
    return "null"
  elseif value == huge then
    return "1e+9999"
  elseif value == -huge then
    return "-1e+9999"
  end
  return tostring(value)
end

-- The keys of an object as sorted strings and the values by these; or the length of an array; or a
-- message. A table without keys is an array unless newObject made it.
local function inspect(self, value)
  local names, items, indices, length, must_be_names = {}, {}, {}, 0, false
  for key, item in pairs(value) do
    local kind = type(key)
    if kind == "string" or kind == "boolean" then
      names[#names + 1] = tostring(key)
      items[tostring(key)] = item
    elseif kind ~= "number" then
      return nil, nil, nil, "can't encode table with a key of type " .. kind
    else
      indices[#indices + 1] = key
      must_be_names = must_be_names or key <= 0 or key == huge
      length = key > length and key or length
    end
  end
  if #names == 0 and not must_be_names then
    if #indices == 0 and tostring(value) == "JSON object" then
      return names, items
    end
    return nil, nil, length
  end
  if #indices > 0 and self.noKeyConversion then
    return nil, nil, nil, "a table with both numeric and string keys could be an object or array; aborting"
  end
  sort(names)
  sort(indices)
  for index = 1, #indices do
    local name = tostring(indices[index])
    if items[name] ~= nil then
      return nil, nil, nil, "conflict converting table with mixed-type keys into a JSON object: key " .. name
        .. " exists both as a string and a number."
    end
    names[#names + 1], items[name] = name, value[indices[index]]
  end
  return names, items
end

-- Each answers a text, or nil and a message.
local write

local function write_array(run, value, length, indent)
  local items = {}
  for index = 1, length do
    local text, message = write(run, value[index], indent)
    if not text then
      return nil, message
    end
    items[index] = text
  end
  if run.options.pretty and length > 0 then
    return "[ " .. concat(items, ", ") .. " ]"
  end
  return "[" .. concat(items, ",") .. "]"
end

local function write_object(run, names, items, indent)
  local options, parts, keys, width = run.options, {}, {}, 0
  for index = 1, #names do
    keys[index] = quoted(names[index], options)
    if options.pretty and options.align_keys and #keys[index] > width then
      width = #keys[index]
    end
  end
  local key_indent = indent .. (options.indent and tostring(options.indent) or "")
  local inner = key_indent .. rep(" ", width) .. (options.align_keys and "  " or "")
  for index = 1, #names do
    local text, message = write(run, items[names[index]], inner)
    if not text then
      return nil, message
    end
    if options.pretty then
      parts[index] = key_indent .. rep(" ", width - #keys[index]) .. keys[index] .. ": " .. text
    else
      parts[index] = keys[index] .. ":" .. text
    end
  end
  if options.pretty then
    return "{\n" .. concat(parts, ",\n") .. "\n" .. indent .. "}"
  end
  return "{" .. concat(parts, ",") .. "}"
end

local function write_table(run, value, indent)
  if run.open[value] then
    return nil, "table " .. tostring(value) .. " is a child of itself"
  end
  run.open[value] = true
  local names, items, length, message = inspect(run.self, value)
  local text
  if names then
    text, message = write_object(run, names, items, indent)
  elseif length then
    text, message = write_array(run, value, length, indent)
  end
  run.open[value] = nil
  return text, message
end

function write(run, value, indent)
  local kind, options = type(value), run.options
  if value == nil or options.null and value == options.null then
    return "null"
  elseif kind == "string" then
    return quoted(value, options)
  elseif kind == "number" then
    return number(value)
  elseif kind == "boolean" or numbers.is(value) then
    return tostring(value)
  elseif kind == "table" then
    return write_table(run, value, indent)
  end
  local message
  if run.self.unsupportedTypeEncoder then
    local text
    text, message = run.self:unsupportedTypeEncoder(value, run.open, run.etc, options, indent)
    if text then
      return text
    end
  end
  return nil, message or "can't convert " .. kind .. " to JSON"
end

return function(self, value, etc, options)
  return write({ self = self, etc = etc, options = options, open = {} }, value, "")
end
