-- luasocket.modules: LuaSocket's modules `socket` and `socket.http`, of which the second is a field of the first.
-- Here either is loaded without the other.

local VERSION = "LuaSocket 3.0.0"

local modules = {}
local socket, http

-- What `socket` says of its version, which a script may have changed.
function modules.version()
  if socket then
    return socket._VERSION
  end
  return VERSION
end

local function together()
  if socket and http then
    socket.http = http
  end
end

function modules.is_socket(module)
  socket = module
  together()
end

function modules.is_http(module)
  http = module
  together()
end

return modules
