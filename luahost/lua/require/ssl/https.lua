-- ssl.https: HTTPS requests as LuaSec 1.2 makes them, but for one thing: a request that does not say
-- `verify = "none"` has the certificate checked, and the host's name with it.

local _, check, import = ...

local http = import("require.socket.http")

local error, pairs, tostring, type = error, pairs, tostring, type
local concat = table.concat

local https = {
  _VERSION = "1.2.0",
  PORT = 443,
  TIMEOUT = 60,
}

local DEFAULTS = {
  mode = "client",
  options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" },
  protocol = "any",
  verify = "peer",
}

-- What LuaSec can be told and luahost cannot.
local NOT_OFFERED = { "alpn", "ciphers", "ciphersuites", "curve", "curves_list", "depth", "dhparam", "verifyext" }

-- What it can be told by a name or text alone: LuaSec would ask a function for the password.
local TEXTS = { "cafile", "capath", "certificate", "key", "password" }

-- LuaSec's `verify`: a flag or a list of flags; without "peer" nothing is checked.
local function checks_peer(verify)
  if verify == nil then
    return true
  elseif type(verify) ~= "table" then
    return verify ~= "none"
  end
  for _, flag in pairs(verify) do
    if flag == "peer" then
      return true
    end
  end
  return false
end

-- A `create` for connections with these TLS parameters.
function https.tcp(params)
  params = params or {}
  check.table(1, params)
  for _, name in pairs(NOT_OFFERED) do
    if params[name] ~= nil then
      error("luahost: ssl.https does not offer the parameter " .. name .. " to scripts", 2)
    end
  end
  local tls = {
    verify = checks_peer(params.verify),
    protocol = tostring(params.protocol or DEFAULTS.protocol),
  }
  for _, name in pairs(TEXTS) do
    tls[name] = name == "password" and params.key_password or params[name]
    if tls[name] ~= nil and type(tls[name]) ~= "string" then
      error("luahost: ssl.https takes the parameter " .. name .. " as a string", 2)
    end
  end
  return function()
    return import("luasocket.tcp").new_tls(tls, function()
      return https.TIMEOUT
    end)
  end
end

local function with_port(address)
  local url = import("require.socket.url")
  return url.build(url.parse(address, { port = https.PORT }))
end

-- The request table of the simple form.
local function simple_form(address, body)
  local reqt = http.genericform(with_port(address), body)
  reqt.method = reqt.method or "GET"
  return reqt
end

-- As http.request; with a message where something is asked for that LuaSec refuses. The table is
-- completed in place, as LuaSec does it.
function https.request(reqt, body)
  local target
  if type(reqt) == "string" then
    reqt = simple_form(reqt, body and check.string(2, body))
    target = reqt.target
  else
    reqt.url = with_port(reqt.url)
  end
  if http.PROXY or reqt.proxy then
    return nil, "proxy not supported"
  elseif reqt.redirect then
    return nil, "redirect not supported"
  elseif reqt.create then
    return nil, "create function not permitted"
  end
  for name, value in pairs(DEFAULTS) do
    if reqt[name] == nil then
      reqt[name] = value
    end
  end
  reqt.create = https.tcp(reqt)
  local result, code, headers, status = http.request(reqt)
  if result and target then
    result = concat(target)
  end
  return result, code, headers, status
end

return https
