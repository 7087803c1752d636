-- socket.http: each answer of the endpoint, in the simple form and with sinks that note the chunks.
local http = require("socket.http")
local canonical = require("canonical")

local cases = {}

-- Paths at which the real LuaSocket and luahost see the same.
local PATHS = {
  "/ok", "/empty", "/binary", "/long", "/exact", "/until-closed", "/until-closed-exact", "/until-closed-nothing",
  "/http10", "/lf", "/no-reason", "/odd-reason", "/500", "/404", "/408", "/201", "/204", "/304", "/duplicates",
  "/odd-headers", "/cookie", "/gzip", "/chunked", "/chunked-trailer", "/chunked-bad", "/chunked-bad-footer",
  "/chunked-cut-line", "/close", "/close-in-status", "/close-in-headers", "/short", "/more", "/header-without-colon", "/100", "/100-headers", "/301", "/302", "/303",
  "/307", "/308", "/300", "/relative", "/a/b/up", "/absolute-path", "/loop", "/hop0", "/hop1", "/hop2", "/to-empty",
  "/to-nowhere", "/to-closed", "/to-ftp", "/to-408", "/to-garbage", "/to-short", "/reset", "/echo", "/echo?a=b&c",
  "/echo;p=1?q=2#fragment", "/echo?", "/garbage", "/garbage-blank-line", "/garbage-long",
  "/garbage-exact", "/garbage-short", "//echo", "/a/../echo", "/echo%2f%zz", "/echo?q=%C3%A4", "",
}

-- In these LuaSocket's chunks are those of the wire.
local CHUNKED = {
  ["/chunked"] = true, ["/chunked-trailer"] = true, ["/chunked-bad"] = true, ["/chunked-bad-footer"] = true,
  ["/chunked-cut-line"] = true,
}

local function name_of(path)
  return (string.gsub(path, "%W", "_"))
end

for _, path in ipairs(PATHS) do
  cases["simple" .. name_of(path)] = function(world)
    return http.request(world.base .. path)
  end

  cases["table" .. name_of(path)] = function(world)
    local sizes = {}
    local function sink(chunk, message)
      sizes[#sizes + 1] = chunk and #chunk or tostring(message)
      return 1
    end
    local answer = canonical.call(http.request, { url = world.base .. path, sink = sink })
    return answer, CHUNKED[path] and "as on the wire" or sizes
  end

  cases["head" .. name_of(path)] = function(world)
    return http.request({ url = world.base .. path, method = "HEAD" })
  end
end

return cases
