-- luasocket.request: performs the requests of socket.http; luahost/shims/http.py makes the exchanges. Here is what
-- a request table means, and what happens to an answer.
local host, _, import = ...

local body_of = import("luasocket.body")
local flat = import("runtime.flat")
local ltn12 = import("require.ltn12")
local planned = import("luasocket.plan")
local settings_of = import("luasocket.tcp").settings_of
local socket = import("require.socket")
local url = import("require.socket.url")

local pairs = pairs
local gsub = string.gsub
local concat = table.concat
local unpack = table.unpack or unpack

local http  -- the module, with the settings that scripts change

local MAX_REDIRECTS = 5
local REQUEST_TIMEOUT = 408
local REDIRECTING = { [301] = true, [302] = true, [303] = true, [307] = true }
local FOLLOWING = { GET = true, HEAD = true }

-- One exchange -----------------------------------------------------------------------------------

-- Everything a source gives, pumped as LuaSocket pumps it into its connection. Where each chunk goes out as one, an
-- empty one is the last: what LuaSocket sends after it, no server can take for part of this request.
local function drained(plan)
  local chunks, over = {}, false
  socket.try(ltn12.pump.all(plan.source, function(chunk)
    over = over or plan.in_chunks and chunk == ""
    if not over then
      chunks[#chunks + 1] = chunk
    end
    return 1
  end, plan.step))
  return concat(chunks)
end

local function answer(code, status, body, broken, ...)
  socket.try(code, status)
  return { code = code, status = status, body = body, broken = broken, headers = flat(...) }
end

-- `trail` is how the request came to be here, for the policy of the host: hops (redirects so far), begin
-- (when the first exchange began) and first (its URL).
local function exchange(plan, trail)
  local created = socket.try(plan.create())
  created:settimeout(http.TIMEOUT)
  local timeout, tls = settings_of(created)
  local body = plan.source and drained(plan)
  local shown = gsub(plan.shown, "^%w+", tls and "https" or "http")
  local first = trail.first
  trail.first = first or shown
  trail.begin = trail.begin or host.begin()
  if not tls then
    return answer(host.exchange(plan.method, shown, plan.wire_target, plan.proxy_origin, timeout, body, trail.begin,
      trail.hops, first, unpack(plan.lines)))
  elseif plan.proxy_origin then
    socket.try(nil, "proxy not supported")
  end
  return answer(host.exchange_tls(tls.verify, tls.protocol, tls.cafile, tls.capath, tls.certificate, tls.key,
    tls.password, plan.method, shown, plan.wire_target, nil, timeout, body, trail.begin, trail.hops, first,
    unpack(plan.lines)))
end

-- Redirects --------------------------------------------------------------------------------------

-- Where an answer sends us, if LuaSocket would go there.
local function next_location(plan, found)
  local location = found.headers.location
  if not location or gsub(location, "%s", "") == "" then
    return nil
  end
  local scheme = (url.parse(location) or {}).scheme
  if scheme and not http.schemes[scheme] or plan.scheme == "https" and scheme ~= "https" then
    return nil
  end
  local hops = plan.nredirects or 0
  local follow = plan.redirect ~= false
    and not plan.source
    and REDIRECTING[found.code]
    and FOLLOWING[plan.method]
    and (plan.maxredirects == false or hops < (plan.maxredirects or MAX_REDIRECTS))
  return follow and location or nil
end

-- TLS parameters stay with the request; LuaSocket forgets them here, and so what to trust.
local CARRIED = {
  "sink", "headers", "proxy", "maxredirects",
  "verify", "protocol", "cafile", "capath", "certificate", "key", "mode", "options",
}

local function redirected(reqt, location)
  local target = url.absolute(reqt.url, location)
  local following = { url = target, nredirects = (reqt.nredirects or 0) + 1 }
  for _, name in pairs(CARRIED) do
    following[name] = reqt[name]
  end
  if reqt.scheme ~= (url.parse(target) or {}).scheme then
    -- Not kept for the script either, whose table it may be.
    reqt.port, reqt.create = nil, nil
  end
  -- The key's, and not the user's: that one is not for where we are sent, whose URL may name a user too.
  following.key_password = reqt.key_password or reqt.password
  following.create = reqt.create
  return following
end

-- Requests ---------------------------------------------------------------------------------------

local function perform(reqt)
  local plan, found, location
  local trail = { hops = 0 }
  repeat
    if location then
      reqt = redirected(reqt, location)
      trail.hops = trail.hops + 1
    end
    plan = planned(reqt, reqt.url, http, socket.try)
    found = exchange(plan, trail)
    local further = next_location(plan, found)
    location = further or location
  until not further
  -- LuaSocket takes a 408 of the server's for its own sign of a timeout, and reads no further.
  if found.status and found.code ~= REQUEST_TIMEOUT then
    if body_of.expected(plan.method, found.code) then
      local source = body_of.source(found.body, found.broken, found.headers, false)
      socket.try(ltn12.pump.all(source, plan.sink or ltn12.sink.null(), plan.step))
    end
    found.headers.location = found.headers.location or location
    return 1, found.code, found.headers, found.status
  elseif not found.status then
    -- Nothing but a body. LuaSocket insists on a sink here.
    local source = body_of.source(found.body, found.broken, found.headers, true)
    socket.try(ltn12.pump.all(source, plan.sink, plan.step))
  end
  if location then
    return 1, found.code, { location = location }, nil
  end
  return 1, found.code
end

-- Answers the function that performs a request, for this module.
return function(module)
  http = module
  return socket.protect(perform)
end
