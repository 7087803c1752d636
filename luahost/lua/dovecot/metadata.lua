-- metadata: the four METADATA methods that users and mailboxes share; see luahost/api/metadata.py.
local host, check = ...

local error, pairs, select, type = error, pairs, select, type
local format = string.format

-- What set stores: numbers as text, "" as a value; nil, tables and booleans unset.
local function stored(value)
  if type(value) == "string" then
    return value
  end
  return type(value) == "number" and value .. "" or nil
end

-- How get and list name a key that is no string. Self counts, so the first key is #2.
local function check_keys(...)
  if select("#", ...) < 2 then
    error("expecting at least 1 parameter", 0)
  end
  for i = 2, select("#", ...) do
    if type((select(i, ...))) ~= "string" then
      error(format("expected string at #%d", i), 0)
    end
  end
end

local function results(self, ...)
  if select("#", ...) > 0 then
    return host.get(self, (...)), results(self, select(2, ...))
  end
end

local function merge(found, key, value, ...)
  if key ~= nil then
    found[key] = value
    return merge(found, ...)
  end
  return found
end

-- Adds the methods to `methods`. `whose` gives the name of the mailbox of a self, "" for the user.
return function(methods, whose)
  function methods.metadata_get(...)
    local owner = whose(...)
    check_keys(...)
    return results(owner, select(2, ...))
  end

  function methods.metadata_set(...)
    check.count(3, 3, select("#", ...))
    local owner = whose(...)
    local _, key, value = ...
    key = check.string(2, key)
    host.set(owner, key, stored(value))
  end

  function methods.metadata_unset(...)
    check.count(2, 2, select("#", ...))
    local owner = whose(...)
    local _, key = ...
    host.set(owner, check.string(2, key), nil)
  end

  function methods.metadata_list(...)
    local owner = whose(...)
    check_keys(...)
    local found = {}
    for i = 2, select("#", ...) do
      for key, value in pairs(merge({}, host.list(owner, (select(i, ...))))) do
        found[key] = value
      end
    end
    return found
  end
end
