-- socket: exceptions, skip, the clock, and the socket that `create` functions make.
local socket = require("socket")
local canonical = require("canonical")

local cases = {}

function cases.try()
  return canonical.call(socket.try, 1, 2, 3), canonical.call(socket.try, nil, "x"),
    canonical.call(socket.try, false, "x", 1), canonical.call(socket.try), canonical.call(socket.try, "", nil)
end

function cases.exception()
  local _, exception = pcall(socket.try, nil, "x")
  return type(exception), exception[1], getmetatable(exception)
end

function cases.protect()
  local f = socket.protect(function(...)
    socket.try(...)
    return "done", 2
  end)
  return canonical.call(f, 1), canonical.call(f, nil, "e"), canonical.call(f, nil), canonical.call(f, false, { 1 })
end

function cases.protect_passes_other_errors_on()
  local function raising(value)
    return canonical.call(socket.protect(function()
      error(value, 0)
    end))
  end
  return raising("x"), raising({ "x" }), raising({ "x", "y" }), raising(setmetatable({ "x" }, {}))
end

function cases.protect_in_protect()
  local f = socket.protect(function()
    return socket.protect(function()
      socket.try(nil, "inner")
    end)()
  end)
  return canonical.call(f)
end

function cases.newtry()
  local calls = {}
  local try = socket.newtry(function(...)
    calls[#calls + 1] = select("#", ...)
  end)
  return canonical.call(socket.protect(function()
    try(nil, "n", "o")
  end)), canonical.call(try, 5, 6), calls
end

function cases.newtry_without_finalizer()
  return canonical.call(socket.newtry(), nil, "m"), canonical.call(socket.newtry(), 1)
end

function cases.newtry_with_a_finalizer_that_raises()
  return canonical.call(socket.protect(function()
    socket.newtry(function()
      error("finalizer", 0)
    end)(nil, "m")
  end))
end

function cases.skip()
  return canonical.call(socket.skip, 1, "a", "b"), canonical.call(socket.skip, 0, "a"),
    canonical.call(socket.skip, 5, "a"), canonical.call(socket.skip, "1", "a", "b"), canonical.call(socket.skip, 1, nil, nil),
    (pcall(socket.skip)), (pcall(socket.skip, "x"))
end

function cases.sleep()
  return canonical.call(socket.sleep, 0), canonical.call(socket.sleep, -1), canonical.call(socket.sleep, "0"),
    (pcall(socket.sleep)), (pcall(socket.sleep, "x"))
end

function cases.gettime()
  local now = socket.gettime()
  return type(now), math.abs(os.time() - now) < 2, socket.gettime() >= now
end

function cases.constants()
  return socket._VERSION, socket.BLOCKSIZE, socket._DATAGRAMSIZE, socket._SETSIZE, socket._SOCKETINVALID
end

function cases.timeouts()
  local tcp = socket.tcp()
  local found = { canonical.call(tcp.gettimeout, tcp) }
  for index, arguments in ipairs({ { 1 }, { nil }, { 2, "t" }, { 3, "r" }, { "4" }, { -5 }, { 6, "b" }, { 7, "total" } }) do
    found[index + 1] = {
      canonical.call(tcp.settimeout, tcp, arguments[1], arguments[2]), canonical.call(tcp.gettimeout, tcp),
    }
  end
  return found
end

function cases.timeouts_of_other_kinds()
  local tcp = socket.tcp()
  local function given(...)
    local arguments = { ... }
    return canonical.call(function()
      local answer = tcp:settimeout(arguments[1], arguments[2])
      return answer
    end)
  end
  return given("x"), given({}), given(1, "x"), given(1, 5), given(1, "")
end

function cases.options()
  local tcp = socket.tcp()
  local function option(name, value)
    return canonical.call(function()
      local answer, message = tcp:setoption(name, value)
      return answer, message
    end), canonical.call(function()
      local answer, message = tcp:getoption(name)
      return answer, message
    end)
  end
  return option("keepalive", true), option("tcp-nodelay", true), option("linger", { on = true, timeout = 1 })
end

function cases.unknown_option()
  local tcp = socket.tcp()
  return canonical.call(function()
    local answer = tcp:setoption("nosuch", true)
    return answer
  end)
end

function cases.close()
  local tcp = socket.tcp()
  return tcp:close(), tcp:close()
end

function cases.fields_of_a_socket()
  local tcp = socket.tcp()
  return (pcall(function()
    tcp.settimeout = nil
  end)), string.match(tostring(tcp), "^tcp{master}: ")
end

function cases.canonic_headers()
  return require("socket.headers").canonic
end

return cases
