-- metadata: the four METADATA methods that users and mailboxes share; see luahost/api/metadata.py.
local host, check, import = ...

local flat = import("runtime.flat")
local error, pairs, select, type = error, pairs, select, type
local find, format, sub = string.find, string.format, string.sub

-- What set stores: numbers as text, "" as a value; nil, tables and booleans unset.
local function stored(value)
  if type(value) == "string" then
    return value
  end
  return type(value) == "number" and value .. "" or nil
end

-- Looked at before self is.
local function check_count(n)
  if n < 2 then
    error("expecting at least 1 parameter", 0)
  end
end

-- Key number i of get and list, up to a NUL. Self counts, so the first one is #2.
local function key_at(i, key)
  local kind = type(key)
  if kind ~= "string" and kind ~= "number" then
    error(format("expected string at #%d", i), 0)
  end
  key = key .. ""
  local nul = find(key, "\0", 1, true)
  return nul and sub(key, 1, nul - 1) or key
end

local function results(owner, i, ...)
  if select("#", ...) > 0 then
    return host.get(owner, key_at(i, (...))), results(owner, i + 1, select(2, ...))
  end
end

local function as_they_are(...)
  return ...
end

-- Adds the methods to `methods`. `reader` gives the name of the mailbox of a self, nil for the user;
-- `writer` likewise, if it may be written to.
return function(methods, reader, writer)
  function methods.metadata_get(...)
    check_count(select("#", ...))
    local owner = reader((...))
    return as_they_are(results(owner, 2, select(2, ...)))  -- no tail call, for the traceback's sake
  end

  function methods.metadata_set(...)
    check.count(3, 3, select("#", ...))
    local owner = writer(...)
    local _, key, value = ...
    key = check.c_string(2, key)
    host.set(owner, key, stored(value))
  end

  function methods.metadata_unset(...)
    check.count(2, 2, select("#", ...))
    local owner = writer(...)
    local _, key = ...
    host.unset(owner, check.c_string(2, key))
  end

  function methods.metadata_list(...)
    check_count(select("#", ...))
    local owner = reader((...))
    local found = {}
    for i = 2, select("#", ...) do
      for key, value in pairs(flat(host.list(owner, key_at(i, (select(i, ...)))))) do
        found[key] = value
      end
    end
    return found
  end
end
