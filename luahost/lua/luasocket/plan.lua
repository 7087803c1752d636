-- luasocket.plan: what a table given to http.request asks for.
--
-- A plan is a copy of the table over the parts of its URL, completed with what the exchange needs:
-- proxy_origin, wire_target, shown (its URL in effects), lines (header names and values in turn) and in_chunks (how
-- its source goes out).

local _, _, import = ...

local mime = import("require.mime")
local url = import("require.socket.url")
local canonic = import("require.socket.headers").canonic

local error, pairs, tonumber, tostring, type = error, pairs, tonumber, tostring, type
local find, format, lower, sub = string.find, string.format, string.lower, string.sub
local getinfo = debug.getinfo
local sort = table.sort

local DEFAULT_URL_PARTS = { path = "/", scheme = "http" }
local DEFAULT_PROXY_PORT = 3128
local PORTS = 65536

-- Raises with the script's own line in front.
local function blame_script(message)
  local level = 2
  local info = getinfo(level, "S")
  while info and (info.what == "C" or find(info.source, "^@luahost/lua/")) do
    level = level + 1
    info = getinfo(level, "S")
  end
  error(message, info and level or 0)
end

-- A port as the system takes it: numbers wrap around.
local function port_number(port, try)
  if type(port) ~= "string" and type(port) ~= "number" then
    blame_script(format("bad argument #2 to 'connect' (string expected, got %s)", type(port)))
  end
  local text = tostring(port)
  try(find(text, "^%d+$"), "service not supported for socket type")
  return tonumber(text) % PORTS
end

-- `http://host:port`; the port only where it says something.
local function origin(scheme, host, port, usual_port)
  if find(host, ":", 1, true) then
    host = "[" .. host .. "]"
  end
  return scheme .. "://" .. host .. (port ~= usual_port and format(":%d", port) or "")
end

local function basic(user, password)
  return "Basic " .. mime.b64(user .. ":" .. password)
end

-- Header fields by lower-case name: LuaSocket's own, and the script's over them. Of all credentials
-- LuaSocket unescapes the password alone, and not the proxy's.
local function fields_of(plan, proxy, usual_port, agent)
  local host = plan.host
  if tostring(plan.port) ~= tostring(usual_port) then
    host = host .. ":" .. plan.port
  end
  local fields = {
    ["user-agent"] = agent,
    host = host,
    connection = "close, TE",
    te = "trailers",
  }
  if plan.user and plan.password then
    fields.authorization = basic(plan.user, url.unescape(plan.password))
  end
  if proxy and proxy.user and proxy.password then
    fields["proxy-authorization"] = basic(proxy.user, proxy.password)
  end
  for name, value in pairs(plan.headers or {}) do
    fields[lower(name)] = value
  end
  if plan.source and not fields["content-length"] then
    fields["transfer-encoding"] = fields["transfer-encoding"] or "chunked"
  end
  return fields
end

local function lines_of(fields)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  sort(names)
  local lines = {}
  for index = 1, #names do
    local name = names[index]
    local value = fields[name]
    if type(value) ~= "string" and type(value) ~= "number" then
      blame_script(format("attempt to concatenate a %s value (header '%s')", type(value), name))
    end
    lines[2 * index - 1] = (canonic[name] or name) .. ""
    lines[2 * index] = value .. ""
  end
  return lines
end

-- The plan for a request table and its URL, which it may lack. What LuaSocket answers with nil and a
-- message goes through `try`.
return function(reqt, address, settings, try)
  local plan = {}
  for name, value in pairs(address and url.parse(address, DEFAULT_URL_PARTS) or {}) do
    plan[name] = value
  end
  for name, value in pairs(reqt) do
    plan[name] = value
  end
  local scheme = settings.schemes[plan.scheme]
  if not scheme then
    blame_script(format("luahost: socket.http has no scheme '%s'; there are http and https", tostring(plan.scheme)))
  end
  if not plan.port or plan.port == "" then
    plan.port = scheme.port
  end
  try(plan.host and plan.host ~= "", "invalid host '" .. tostring(plan.host) .. "'")
  plan.create = plan.create or scheme.create(plan)
  plan.method = tostring(plan.method and plan.method ~= "" and plan.method or "GET")

  local path = tostring(url.build({
    path = plan.path or "/",
    params = plan.params,
    query = plan.query,
    fragment = plan.fragment,
  }))
  local wire_target = path
  if not plan.path and not plan.uri then
    try(nil, "invalid path 'nil'")
  end
  local proxy_address = plan.proxy or settings.PROXY
  local proxy
  if proxy_address then
    proxy = url.parse(proxy_address) or {}
    if not proxy.host then
      blame_script(format("luahost: a proxy is given as a URL such as http://proxy:3128, not as '%s'",
        proxy_address))
    end
    wire_target = url.build(plan)
  end
  plan.proxy_origin = proxy and origin("http", proxy.host, port_number(proxy.port or DEFAULT_PROXY_PORT, try))
  plan.wire_target = tostring(plan.uri or wire_target)
  local shown_path = plan.uri and plan.wire_target or path
  plan.shown = origin(plan.scheme, plan.host, port_number(plan.port, try), scheme.port)
    .. (sub(shown_path, 1, 1) == "/" and "" or "/") .. shown_path
  local fields = fields_of(plan, proxy, scheme.port, settings.USERAGENT)
  plan.in_chunks = not fields["content-length"]
  plan.lines = lines_of(fields)
  return plan
end
