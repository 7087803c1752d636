-- dovecot.http_request: what client:request() gives, and the response to that; see luahost/api/http_client.py.
local _, check, import = ...

local format, ipairs, select = string.format, ipairs, select
local find, insert, lower, remove = string.find, table.insert, string.lower, table.remove
local unpack = table.unpack or unpack
local event = import("dovecot.event")
local kill = import("dovecot.kill")
local struct = import("dovecot.struct")

local requests, responses = struct.states(), struct.states()
local host, payload_sync  -- the clients' host half

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
  return struct.object(responses, response_methods, {
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

-- Answers a function that makes a request of a client (its state).
return function(clients_host)
  host, payload_sync = clients_host, clients_host.payload_sync()
  return function(client, url, method)
    return struct.object(requests, request_methods, {
      client = client,
      url = url,
      method = method,
      names = {},
      values = {},
    })
  end
end
