-- luasocket.tcp: what socket.tcp() gives, a socket that a `create` function can hand to socket.http.
--
-- It has the timeouts and options of a socket and no connection: luahost makes the connection, once
-- it knows all of the request.

local _, check, _ = ...

local error, pairs, setmetatable, type = error, pairs, setmetatable, type
local tostring = tostring
local find, gmatch, gsub, sub = string.find, string.gmatch, string.gsub, string.sub

local tcp = {}

-- What belongs to a socket, out of reach of scripts.
local states = setmetatable({}, { __mode = "k" })

-- The state of the socket that was last asked for its timeout.
local asked

-- Numbers are floats, as LuaSocket's are.
local methods = {}

-- "b" limits each operation; "t" and "r" limit an operation as a whole, which is the same here.
function methods:settimeout(seconds, mode)
  local state = states[self]
  seconds = check.opt_number(2, seconds, -1) + 0.0
  mode = sub(check.opt_string(3, mode, "b"), 1, 1)
  if mode == "b" then
    state.block = seconds
  elseif mode == "t" or mode == "r" then
    state.total = seconds
  else
    check.fail(3, "invalid timeout mode")
  end
  return 1.0
end

function methods:gettimeout()
  asked = states[self]
  return asked.block, asked.total
end

function methods:close()
  return states[self] and 1.0
end

local OPTIONS = " keepalive reuseaddr reuseport linger tcp-nodelay tcp-keepidle tcp-keepcnt tcp-keepintvl"
  .. " tcp-defer-accept tcp-fastopen tcp-user-timeout ipv6-v6only recv-buffer-size send-buffer-size"
  .. " bindtodevice error "

local function known_option(name)
  return find(OPTIONS, " " .. name .. " ", 1, true) ~= nil
end

-- Like LuaSocket before the connection: there is nothing yet that could have options.
function methods:setoption(name)
  name = check.string(2, name)
  if not known_option(name) then
    check.fail(2, "unsupported option `" .. name .. "'")
  end
  return nil, "setsockopt failed"
end

function methods:getoption(name)
  name = check.string(2, name)
  if not known_option(name) then
    check.fail(2, "unsupported option `" .. name .. "'")
  end
  return nil, "getsockopt failed"
end

for name in gmatch([[
  accept bind connect dirty getfamily getfd getpeername getsockname getstats listen receive send setfd
  setpeername setsockname setstats shutdown
]], "%S+") do
  methods[name] = function()
    error("luahost: no raw sockets are offered to scripts, so socket.tcp() has no " .. name
      .. "; use socket.http or ssl.https", 2)
  end
end

local function refuse_field()
  error("attempt to index a tcp{master} value", 2)
end

local function name_of(socket)
  return states[socket].name
end

local function socket_with(own_methods, tls)
  local socket = {}
  states[socket] = {
    block = -1.0,
    total = -1.0,
    name = gsub(tostring(socket), "^table", "tcp{master}"),
    tls = tls,
  }
  return setmetatable(socket, {
    __index = own_methods,
    __metatable = false,
    __newindex = refuse_field,
    __tostring = name_of,
  })
end

-- A new socket for a plain connection.
function tcp.new()
  return socket_with(methods)
end

-- One for TLS with these parameters. Its timeout is what `seconds()` says, whatever it is set to, as
-- with LuaSec's.
function tcp.new_tls(tls, seconds)
  local own_methods = {}
  for name, method in pairs(methods) do
    own_methods[name] = method
  end
  function own_methods:settimeout()
    return methods.settimeout(self, seconds())
  end
  return socket_with(own_methods, tls)
end

-- The limit of an operation in seconds (nil for none) and the TLS parameters of what `create` gave: a
-- socket of ours, or an object that passes its methods on to one.
function tcp.settings_of(created)
  asked = nil
  if type(created.gettimeout) == "function" then
    created:gettimeout()
  end
  local state = asked
  if not state then
    error("luahost: create has to return a socket made by socket.tcp, or one that passes gettimeout on to it", 0)
  end
  local limit
  for _, seconds in pairs({ state.block, state.total }) do
    if seconds >= 0 and (not limit or seconds < limit) then
      limit = seconds
    end
  end
  return limit, state.tls
end

return tcp
