-- socket: what LuaSocket's socket module offers without raw sockets. luahost/shims/socket.py is its
-- host half.
local host, check, import = ...

local modules = import("luasocket.modules")

local error, pcall, select, setmetatable = error, pcall, select, setmetatable
local gmatch = string.gmatch

local socket = {
  _VERSION = modules.version(),
  BLOCKSIZE = 2048,
  _DATAGRAMSIZE = 8192,
  _SETSIZE = 1024,
  _SOCKETINVALID = -1,
  dns = {},
}

-- Time -------------------------------------------------------------------------------------------

-- Seconds since 1970, with a fraction.
function socket.gettime()
  return host.gettime()
end

function socket.sleep(seconds)
  host.sleep(check.number(1, seconds))
end

-- Exceptions -------------------------------------------------------------------------------------

-- The errors that `try` raises and `protect` catches: tables that hold the message.
local exceptions = setmetatable({}, { __mode = "k" })
local exception_metatable = { __metatable = false }

-- A `try` that calls `finalizer` before it raises.
function socket.newtry(finalizer)
  return function(...)
    if (...) then
      return ...
    end
    if finalizer ~= nil then
      finalizer()
    end
    local exception = setmetatable({ (select(2, ...)) }, exception_metatable)
    exceptions[exception] = true
    error(exception, 0)
  end
end

socket.try = socket.newtry()

local function protected_results(ok, ...)
  if ok then
    return ...
  end
  local raised = ...
  if exceptions[raised] then
    return nil, raised[1]
  end
  error(raised, 0)
end

-- The function that returns nil and a message where `f` raises through `try`.
-- What raises is never called by a tail call, which would stand in the script's traceback.
local function given(...)
  return ...
end

function socket.protect(f)
  return function(...)
    return given(protected_results(pcall(f, ...)))
  end
end

-- All arguments but the first `count`.
function socket.skip(count, ...)
  count = check.integer(1, count)
  if count < 0 then
    check.fail(1, "not negative")
  end
  return select(count + 1, ...)
end

-- Sockets ----------------------------------------------------------------------------------------

-- For `create`; see luasocket/tcp.lua.
function socket.tcp()
  return import("luasocket.tcp").new()
end

local function not_offered(where, prefix, names)
  for name in gmatch(names, "%S+") do
    where[name] = function()
      error("luahost: " .. prefix .. name .. " is not offered to scripts; use socket.http or ssl.https", 2)
    end
  end
end

not_offered(socket, "socket.", "bind connect connect4 connect6 select sink source tcp4 tcp6 udp udp4 udp6")
not_offered(socket.dns, "socket.dns.", "getaddrinfo gethostname getnameinfo tohostname toip")

modules.is_socket(socket)

return socket
