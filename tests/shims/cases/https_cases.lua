-- ssl.https: where the request says how far to trust, it is LuaSec's.
local https = require("ssl.https")
local http = require("socket.http")
local ltn12 = require("ltn12")
local canonical = require("canonical")

local cases = {}

-- A request that asks for nothing but encryption, or for more.
local function secure(world, path, more)
  local collected = {}
  local reqt = { url = world.secure .. path, verify = "none", sink = (ltn12.sink.table(collected)) }
  for name, value in pairs(more or {}) do
    reqt[name] = value
  end
  return { canonical.call(https.request, reqt), table.concat(collected) }
end

function cases.get(world)
  return secure(world, "/ok"), secure(world, "/echo?a=b")
end

function cases.post(world)
  return secure(world, "/echo", {
    method = "POST", source = ltn12.source.string("abc"), headers = { ["content-length"] = 3 },
  })
end

function cases.bodies(world)
  return secure(world, "/until-closed"), secure(world, "/chunked"), secure(world, "/close"), secure(world, "/short")
end

function cases.verified(world)
  local trusting = { verify = "peer", cafile = world.ca }
  return secure(world, "/ok", trusting), secure(world, "/ok", { verify = { "peer" }, cafile = world.ca }),
    secure(world, "/ok", { verify = "peer", cafile = world.wrong_ca }), secure(world, "/ok", { verify = "peer" })
end

function cases.redirects(world)
  return secure(world, "/to-plain"), secure(world, "/relative"), secure(world, "/302", { redirect = false }),
    secure(world, "/302", { redirect = true }), secure(world, "/302")
end

function cases.protocols(world)
  return secure(world, "/ok", { protocol = "tlsv1_2" }), secure(world, "/ok", { protocol = "tlsv1_3" }),
    secure(world, "/ok", { protocol = "sslv23" })
end

function cases.options(world)
  return secure(world, "/ok", { options = "all", mode = "client" })
end

function cases.client_certificate(world)
  return secure(world, "/ok", { certificate = world.ca, key = string.gsub(world.ca, "pem$", "key") })
end

function cases.refusals(world)
  http.PROXY = world.base
  local for_all = secure(world, "/ok")
  http.PROXY = nil
  return for_all, secure(world, "/ok", { proxy = world.base }), secure(world, "/ok", { create = function()
    return nil
  end })
end

function cases.through_socket_http(world)
  return canonical.call(http.request, { url = world.secure .. "/ok", verify = "none" }),
    canonical.call(http.request, { url = world.secure .. "/to-plain", verify = "none" }),
    canonical.call(http.request, { url = world.secure .. "/ok", create = function()
      return nil, "own"
    end })
end

function cases.refused()
  return canonical.call(https.request, "https://127.0.0.1:1/x"), canonical.call(https.request, "//127.0.0.1:1/x"),
    canonical.call(https.request, "https://nosuch.invalid/x"), canonical.call(http.request, "https://127.0.0.1:1/x")
end

function cases.wrong_arguments()
  return (pcall(https.request)), (pcall(https.request, 5)), (pcall(https.request, "")), (pcall(https.request, {})),
    (pcall(https.request, "127.0.0.1:1/x"))
end

function cases.table_is_completed(world)
  local reqt = { url = "https://127.0.0.1/x", verify = "none", proxy = false, protocol = "any" }
  reqt.port = 1
  https.request(reqt)
  local again = canonical.call(https.request, reqt)
  reqt.create = nil
  return again, reqt, world.secure ~= nil
end

function cases.timeouts(world)
  local before, before_http = https.TIMEOUT, http.TIMEOUT
  https.TIMEOUT, http.TIMEOUT = 0.3, 60
  local silent = secure(world, "/silent")
  https.TIMEOUT, http.TIMEOUT = before, before_http
  return before, before_http, silent
end

-- Something listens and never answers the TLS handshake.
function cases.silent_handshake(world)
  https.TIMEOUT = 0.3
  local silent = canonical.call(https.request, "https://127.0.0.1:" .. world.silent_port .. "/")
  https.TIMEOUT = 60
  return silent
end

function cases.settings()
  return https._VERSION, https.PORT, https.TIMEOUT
end

return cases
