-- socket.http: timeouts. Each limits an operation: connecting, a write, a line or a block of the body.
local http = require("socket.http")
local socket = require("socket")
local canonical = require("canonical")

local cases = {}

-- What a request gives with a timeout, and whether it took 0.25 seconds, but not a second and more.
local function with_timeout(seconds, reqt)
  local before = http.TIMEOUT
  http.TIMEOUT = seconds
  local begin = socket.gettime()
  local answer = canonical.call(http.request, reqt)
  local took = socket.gettime() - begin
  http.TIMEOUT = before
  return { answer, took >= 0.25, took < 1.25 }
end

function cases.silent(world)
  return with_timeout(0.3, world.base .. "/silent")
end

function cases.silent_body(world)
  local sizes = {}
  return with_timeout(0.3, { url = world.base .. "/silent-body", sink = function(chunk, message)
    sizes[#sizes + 1] = chunk and #chunk or message
    return 1
  end }), sizes
end

-- No single byte comes too late, but the block as a whole does.
function cases.trickle(world)
  return with_timeout(0.3, world.base .. "/trickle")[1]
end

function cases.trickle_with_time(world)
  return with_timeout(5, world.base .. "/trickle")[1]
end

function cases.no_time(world)
  return with_timeout(0, world.base .. "/ok")
end

function cases.all_the_time(world)
  return with_timeout(nil, world.base .. "/ok"), with_timeout(-1, world.base .. "/ok"),
    with_timeout("7", world.base .. "/ok"), with_timeout(1e12, world.base .. "/ok")
end

function cases.not_a_time(world)
  local before = http.TIMEOUT
  http.TIMEOUT = "soon"
  local text = canonical.call(http.request, world.base .. "/ok")
  http.TIMEOUT = {}
  local tables = canonical.call(http.request, world.base .. "/ok")
  http.TIMEOUT = before
  return text, tables
end

-- socket.http sets its own timeout after `create`; only a total one outlives that.
function cases.create(world)
  local function created(mode)
    return with_timeout(0.3, { url = world.base .. "/silent", create = function()
      local tcp = socket.tcp()
      tcp:settimeout(0.1, mode)
      return tcp
    end })
  end
  return created("b"), created("t")
end

return cases
