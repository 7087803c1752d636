-- socket.http and ssl.https: where luahost gives something else than the real ones, and means to.
local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local canonical = require("canonical")

local cases = {}

http.TIMEOUT = 0.5
https.TIMEOUT = 0.5

local function chunk_sizes(world, path)
  local sizes = {}
  local answer = canonical.call(http.request, { url = world.base .. path, sink = function(chunk)
    sizes[#sizes + 1] = chunk and #chunk
    return 1
  end })
  return answer, sizes
end

function cases.chunks_of_a_chunked_body(world)
  return chunk_sizes(world, "/chunked-long")
end

function cases.broken_chunked_body(world)
  return chunk_sizes(world, "/chunked-short")
end

function cases.no_status_line(world)
  return http.request(world.base .. "/garbage-http")
end

function cases.no_reason_and_no_space(world)
  return http.request(world.base .. "/no-reason-no-space")
end

function cases.no_length_that_is_a_number(world)
  return http.request(world.base .. "/bad-length")
end

function cases.folded_header(world)
  return http.request(world.base .. "/folded")
end

function cases.space_after_a_header(world)
  return http.request(world.base .. "/trailing-space")
end

function cases.early_hints(world)
  return http.request(world.base .. "/103")
end

function cases.space_in_the_target(world)
  return http.request(world.base .. "/echo?a b")
end

function cases.space_in_a_location(world)
  return http.request(world.base .. "/to-space")
end

function cases.bytes_in_the_target(world)
  return http.request(world.base .. "/echo?\195\164")
end

function cases.line_end_in_a_header(world)
  return http.request({ url = world.base .. "/echo", headers = { ["x-a"] = "1\r\nx-b: 2" } })
end

function cases.space_in_the_name_of_a_header(world)
  return http.request({ url = world.base .. "/echo", headers = { ["x a"] = "1" } })
end

function cases.unknown_transfer_encoding(world)
  return http.request({
    url = world.base .. "/echo", source = ltn12.source.string("abc"), headers = { ["transfer-encoding"] = "identity" },
  })
end

function cases.source_shorter_than_its_length(world)
  return http.request({
    url = world.base .. "/echo", source = ltn12.source.string("abc"), headers = { ["content-length"] = 6 },
  })
end

function cases.source_that_fails()
  return http.request({ url = "http://127.0.0.1:1/", source = ltn12.source.error("no source") })
end

function cases.user_agent_of_another_type()
  local before = http.USERAGENT
  http.USERAGENT = {}
  local answer = canonical.call(http.request, "http://127.0.0.1:1/")
  http.USERAGENT = before
  return answer
end

function cases.unknown_scheme()
  return http.request("ftp://h/")
end

function cases.header_of_another_type()
  return http.request({ url = "http://127.0.0.1:1/", headers = { ["x-a"] = true } })
end

function cases.proxy_for_https(world)
  return http.request({ url = "https://h/", proxy = world.base })
end

function cases.proxy_without_a_scheme()
  return http.request({ url = "http://h/", proxy = "proxy:3128" })
end

function cases.tls_that_nobody_vouches_for(world)
  return https.request(world.secure .. "/ok")
end

function cases.tls_for_another_host(world)
  return https.request({ url = world.misnamed .. "/ok", verify = "peer", cafile = world.misnamed_ca })
end

return cases
