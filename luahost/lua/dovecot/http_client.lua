-- dovecot.http_client: what dovecot.http.client() gives; see luahost/api/http_client.py.
--
-- Clients, requests and responses are tables without a metatable, with their methods as fields.
local host, check, import = ...

local error, format, ipairs, next = error, string.format, ipairs, next
local insert, sort = table.insert, table.sort
local select, tostring, type, unpack = select, tostring, type, table.unpack or unpack
local kill = import("dovecot.kill")
local struct = import("dovecot.struct")

local clients = struct.states()

-- A list of name, type, value, name, type, value …; values that are no plain ones are left out.
local function add_setting(flat, name, value)
  local kind = type(value)
  insert(flat, name)
  insert(flat, kind)
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    value = false
  end
  insert(flat, value)
end

local client_methods = {}
local new_request  -- once a script has made one

function client_methods.request(...)
  check.count(2, 2, select("#", ...))
  local self, order = ...
  local client = struct.state(clients, "http_client", 1, self)
  check.table(2, order)
  local url, method = order.url, order.method
  -- Dovecot finds the value on top of its stack, so the message counts from there.
  if url == nil then
    error("cannot create request: url not specified", 0)
  end
  url = check.string(-1, url)
  method = method == nil and "GET" or check.string(-1, method)
  host.check_url(url)
  new_request = new_request or import("dovecot.http_request")(host)
  local request = new_request(client, url, method)
  return request
end

check.name(client_methods, true)

local takes_everything, event_parent = host.takes_everything(), host.event_parent()
local setting_names = { host.setting_names() }

-- The parent of the client's events: its prefixes stand before its log lines.
local function parent_of(settings)
  local parent = settings.event_parent
  if parent == nil or (event_parent and type(parent) ~= "table") then
    return nil
  elseif type(parent) ~= "table" then
    error(format("Bad argument #-1, expected struct event got %s", type(parent)), 0)
  end
  local state = import("dovecot.event").self(parent)
  if not event_parent then
    kill.raise("http.client() with an event_parent")
  end
  return state
end

-- The settings as text. Dovecot takes them in the order of the table, which Lua changes from run to run;
-- here it is always the same, and the one in which Dovecot was seen to complain.
local function text_settings(settings)
  local names, values = {}, {}
  for key, value in next, settings do
    if type(key) ~= "string" and type(key) ~= "number" then
      kill.raise(format("http.client() with a %s as the name of a setting", type(key)))
    end
    local name = tostring(key)
    if name ~= "event_parent" then
      insert(names, name)
      values[name] = value
    end
  end
  sort(names, function(one, other)
    return one > other
  end)
  local flat = {}
  for _, name in ipairs(names) do
    local value = values[name]
    host.known(name)
    if type(value) ~= "string" and type(value) ~= "number" then
      kill.raise(format("http.client() with a %s as the value of %s", type(value), name))
    end
    add_setting(flat, name, value .. "")
  end
  return flat
end

-- The settings that 2.3 knows, in its order; it looks at no others.
local function native_settings(settings)
  local flat = {}
  for _, name in ipairs(setting_names) do
    local value = settings[name]
    if value ~= nil then
      add_setting(flat, name, value)
    end
  end
  return flat
end

-- A new client with these settings.
return function(settings)
  local flat = (takes_everything and text_settings or native_settings)(settings)
  local number = host.client(unpack(flat))
  local client = struct.object(clients, client_methods, { number = number, parent = parent_of(settings) })
  return client
end
