-- dovecot.http: the table of that name; what scripts see of luahost/api/http_client.py.
--
-- Clients, requests and responses are tables without a metatable, with their methods as fields.
local host, check, import = ...

local error, format, ipairs, next, pairs = error, string.format, ipairs, next, pairs
local select, type = select, type
local find, insert, lower, remove, sort = string.find, table.insert, string.lower, table.remove, table.sort
local tostring, unpack = tostring, table.unpack or unpack
local event = import("dovecot.event")
local kill = import("dovecot.kill")
local struct = import("dovecot.struct")

local clients, requests, responses = struct.states(), struct.states(), struct.states()

-- A new object of these methods.
local function object(states, methods, state)
  local made = {}
  struct.new(made, nil, states, state)
  for name, method in pairs(methods) do
    made[name] = method
  end
  return made
end

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

-- Responses --------------------------------------------------------------------------------------

local response_methods = {}

local function response_state(self)
  return struct.state(responses, "dlua_http_response", 1, self)
end

for _, field in ipairs({ "status", "reason", "payload" }) do
  response_methods[field] = function(...)
    check.count(1, 1, select("#", ...))
    return response_state((...))[field]
  end
end

function response_methods.header(...)
  check.count(2, 2, select("#", ...))
  local self, name = ...
  local state = response_state(self)
  return state.headers[lower(check.c_string(2, name))] or ""
end

check.name(response_methods, true)

local function new_response(status, reason, payload, ...)
  local headers = {}
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    name = lower(name)
    headers[name] = headers[name] or value
  end
  return object(responses, response_methods, {
    status = status,
    reason = reason,
    payload = payload,
    headers = headers,
  })
end

-- Requests ---------------------------------------------------------------------------------------

local request_methods = {}

local function request_state(self)
  return struct.state(requests, "http_client_request", 1, self)
end

-- After submit() Dovecot has let go of the request, and does not look.
local function unsent(state, words)
  if state.submitted then
    kill.raise(words .. " after submit()")
  end
end

function request_methods.add_header(...)
  check.count(3, 3, select("#", ...))
  local self, name, value = ...
  local state = request_state(self)
  name, value = check.c_string(2, name), check.c_string(3, value)
  unsent(state, "add_header()")
  if find(name, "[:\r\n]") then
    kill.raise(format("add_header() with '%s' as a name", name))
  elseif find(value, "[\r\n]") then
    kill.raise(format("a line break in the value of header %s", name))
  end
  local key = lower(name)
  if state.values[key] == nil then
    insert(state.names, { key = key, name = name })
  end
  state.values[key] = value
end

function request_methods.remove_header(...)
  check.count(2, 2, select("#", ...))
  local self, name = ...
  local state = request_state(self)
  local key = lower(check.c_string(2, name))
  unsent(state, "remove_header()")
  state.values[key] = nil
  for i, known in ipairs(state.names) do
    if known.key == key then
      remove(state.names, i)
      break
    end
  end
end

local payload_sync = host.payload_sync()

function request_methods.set_payload(...)
  check.count(2, payload_sync and 3 or 2, select("#", ...))
  local self, payload, sync = ...
  local state = request_state(self)
  payload = check.c_string(2, payload)
  unsent(state, "set_payload()")
  if state.payload then
    kill.raise("a second set_payload() for one request")
  end
  state.payload = payload
  state.expect = not payload_sync or (sync and true or false)
end

function request_methods.submit(...)
  check.count(1, 1, select("#", ...))
  local state = request_state((...))
  unsent(state, "submit()")
  state.submitted = true
  local headers = {}
  for _, known in ipairs(state.names) do
    insert(headers, known.name)
    insert(headers, state.values[known.key])
  end
  local client = state.client
  local prefix, replaced = event.prefix(client.parent)
  local response = new_response(host.submit(client.number, state.method, state.url, state.payload or nil,
    state.expect or false, prefix, replaced, unpack(headers)))
  return response
end

check.name(request_methods, true)

-- Clients ----------------------------------------------------------------------------------------

local client_methods = {}

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
  local request = object(requests, request_methods, {
    client = client,
    url = url,
    method = method,
    names = {},
    values = {},
  })
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
  local state = event.self(parent)
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

local http = {}

function http.client(...)
  check.count(1, 1, select("#", ...))
  local settings = ...
  check.table(1, settings)
  local flat = (takes_everything and text_settings or native_settings)(settings)
  local number = host.client(unpack(flat))
  local client = object(clients, client_methods, { number = number, parent = parent_of(settings) })
  return client
end

check.name(http)

return http
