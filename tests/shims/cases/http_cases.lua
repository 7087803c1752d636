-- socket.http: what request tables mean, and what goes wrong.
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local canonical = require("canonical")

local cases = {}

-- A request for the echo path (or another), with more.
local function echo(world, more, path)
  local collected = {}
  local reqt = { url = world.base .. (path or "/echo"), sink = (ltn12.sink.table(collected)) }
  for name, value in pairs(more or {}) do
    reqt[name] = value
  end
  return { canonical.call(http.request, reqt), table.concat(collected) }
end

local function with_user(world, user)
  return (string.gsub(world.base, "//", function()
    return "//" .. user .. "@"
  end))
end

local function port_of(world)
  return (string.match(world.base, "%d+$"))
end

-- The simple form --------------------------------------------------------------------------------

function cases.post(world)
  return http.request(world.base .. "/echo", "a=1&b=2")
end

function cases.post_nothing(world)
  return http.request(world.base .. "/echo", "")
end

function cases.post_a_number(world)
  return http.request(world.base .. "/echo", 5)
end

function cases.post_false(world)
  return http.request(world.base .. "/echo", false)
end

function cases.post_bytes(world)
  return http.request(world.base .. "/echo", canonical.bytes())
end

function cases.post_much(world)
  local body = http.request(world.base .. "/echo", string.rep("x", 300000))
  return #body
end

function cases.post_redirect(world)
  return http.request(world.base .. "/303", "a=1")
end

function cases.post_a_table(world)
  return (pcall(http.request, world.base .. "/echo", {}))
end

function cases.wrong_arguments()
  return (pcall(http.request)), (pcall(http.request, 5)), (pcall(http.request, true)), (pcall(http.request, "")),
    (pcall(http.request, {})), (pcall(http.request, { path = "/" }))
end

function cases.genericform()
  local with_body = http.genericform("http://h/x", "body")
  local chunks = { with_body.source(), tostring(with_body.source()) }
  return http.genericform("http://h/x"), with_body, chunks
end

-- Sources ----------------------------------------------------------------------------------------

function cases.source(world)
  return echo(world, { method = "POST", source = ltn12.source.string("abc"), headers = { ["content-length"] = 3 } })
end

function cases.source_without_length(world)
  return echo(world, { method = "POST", source = ltn12.source.table({ "ab", "c", "defg" }) })
end

-- The end of a chunked body, for whoever gets it in the source's chunks.
function cases.source_with_an_empty_chunk(world)
  local function source()
    return ltn12.source.table({ "ab", "", "cd" })
  end
  return echo(world, { method = "POST", source = source() }),
    echo(world, { method = "POST", source = source(), headers = { ["content-length"] = 4 } })
end

function cases.source_with_transfer_encoding(world)
  return echo(world, {
    method = "POST", source = ltn12.source.string("abc"), headers = { ["Transfer-Encoding"] = "chunked" },
  })
end

function cases.source_longer_than_its_length(world)
  return echo(world, { method = "POST", source = ltn12.source.string("abcdef"), headers = { ["Content-Length"] = "3" } })
end

function cases.source_without_method(world)
  return echo(world, { source = ltn12.source.string("abc"), headers = { ["content-length"] = 3 } })
end

function cases.source_and_redirect(world)
  return echo(world, { source = ltn12.source.string("abc"), headers = { ["content-length"] = 3 } }, "/302")
end

function cases.no_source(world)
  return echo(world, { method = "POST" }), echo(world, { method = "POST", headers = { ["content-length"] = 0 } })
end

-- Sinks and steps --------------------------------------------------------------------------------

function cases.no_sink(world)
  return http.request({ url = world.base .. "/ok" })
end

function cases.sink_that_refuses(world)
  local function refusing(message)
    return canonical.call(http.request, { url = world.base .. "/long", sink = function()
      return nil, message
    end })
  end
  return refusing("no more"), refusing(nil)
end

function cases.sink_that_refuses_the_end(world)
  return http.request({ url = world.base .. "/ok", sink = function(chunk)
    if chunk then
      return 1
    end
    return nil, "at the end"
  end })
end

function cases.sink_that_raises(world)
  return canonical.call(http.request, { url = world.base .. "/ok", sink = function()
    error("boom", 0)
  end }), canonical.call(http.request, { url = world.base .. "/ok", sink = function()
    error({ "boom" })
  end })
end

function cases.sink_in_a_protected_function(world)
  local f = socket.protect(function()
    return http.request({ url = world.base .. "/ok", sink = function()
      socket.try(nil, "tried")
    end })
  end)
  return f()
end

function cases.step(world)
  local steps = 0
  local function step(source, sink)
    steps = steps + 1
    return ltn12.pump.step(source, sink)
  end
  local posted = echo(world, {
    method = "POST", source = ltn12.source.string("abc"), headers = { ["content-length"] = 3 }, step = step,
  })
  local after_post = steps
  local redirected = echo(world, { step = step }, "/302")
  return posted, after_post, redirected, steps
end

function cases.step_that_fails(world)
  return echo(world, { step = function()
    return nil, "stepped wrong"
  end }), echo(world, { step = function()
    return nil
  end })
end

-- Headers ----------------------------------------------------------------------------------------

function cases.headers(world)
  return echo(world, { headers = {
    ["x-one"] = "1", ["X-TWO"] = "2", ["x_y"] = "3", ["Content-Type"] = "t/p", ["TE"] = "x", ["www-authenticate"] = "n",
    soapaction = "s", dnt = "1", [1] = "number", ["x-number"] = 5, ["x-fraction"] = 1.5, ["mime-version"] = "1.0",
  } })
end

function cases.headers_of_its_own(world)
  return echo(world, { headers = { Host = "example.org", ["user-agent"] = "me", connection = "close", te = "" } })
end

function cases.header_bytes(world)
  return echo(world, { headers = { ["x-bytes"] = "\195\164\255" } })
end

function cases.names_of_headers(world)
  local canonic = require("socket.headers").canonic
  canonic["x-a"] = 5
  local numbered = echo(world, { headers = { ["x-a"] = 1 } })
  canonic["x-a"] = nil
  return numbered
end

function cases.user_agent_that_is_a_number(world)
  local before = http.USERAGENT
  http.USERAGENT = 5
  local answer = echo(world)
  http.USERAGENT = before
  return answer
end

function cases.user_agent(world)
  local before = http.USERAGENT
  http.USERAGENT = "mine/1.0"
  local mine = echo(world)
  http.USERAGENT = nil
  local none = echo(world)
  http.USERAGENT = before
  return before, mine, none
end

-- URLs -------------------------------------------------------------------------------------------

function cases.user(world)
  return http.request(with_user(world, "us%20er:pa%40ss:w") .. "/echo")
end

function cases.user_without_password(world)
  return http.request(with_user(world, "user") .. "/echo")
end

function cases.user_in_fields(world)
  return echo(world, { user = "a", password = "b" }), echo(world, { user = "a" }),
    echo(world, { user = "a", password = "b", headers = { Authorization = "Bearer x" } })
end

function cases.user_and_redirect(world)
  return http.request(with_user(world, "a:b") .. "/302"), http.request(with_user(world, "a:b") .. "/relative")
end

function cases.fields(world)
  local port = port_of(world)
  return echo(world, { url = false, scheme = "http", host = "127.0.0.1", port = port, path = "/echo", query = "a=b" }),
    echo(world, { url = false, scheme = "http", host = "127.0.0.1", port = tonumber(port), uri = "/echo?z" }),
    echo(world, { url = false, scheme = "http", host = "127.0.0.1", port = port })
end

function cases.fields_over_the_url(world)
  return echo(world, { path = "/echo", query = "over" }, "/elsewhere"), echo(world, { url = "http://127.0.0.1:1/echo",
    port = port_of(world) }), echo(world, { uri = "*" }), echo(world, { uri = "echo" })
end

function cases.odd_urls()
  return canonical.call(http.request, "127.0.0.1/x"), canonical.call(http.request, "http:///x"),
    canonical.call(http.request, "http://user@/x"), canonical.call(http.request, "http://:80/x"),
    canonical.call(http.request, { url = 5 })
end

function cases.unknown_schemes()
  return (pcall(http.request, "ftp://127.0.0.1/x")), (pcall(http.request, "HTTP://127.0.0.1/x"))
end

function cases.odd_ports(world)
  return canonical.call(http.request, "http://127.0.0.1:abc/x"), canonical.call(http.request, world.base .. "?a=b"),
    canonical.call(http.request, "http://127.0.0.1:0/x"),
    canonical.call(http.request, "http://127.0.0.1:" .. (tonumber(port_of(world)) + 65536) .. "/ok")
end

function cases.ports_of_another_type()
  return (pcall(http.request, { url = "http://127.0.0.1/", port = true })),
    (pcall(http.request, { url = "http://127.0.0.1/", port = {} }))
end

function cases.odd_hosts()
  local found = {}
  for index, host in ipairs({
    "nosuch.invalid", "no such", "a..b", string.rep("a", 300) .. ".invalid", "\195\164.invalid", "[zz]", "\255.x",
  }) do
    found[index] = canonical.call(http.request, "http://" .. host .. ":1/x")
  end
  return found
end

function cases.refused()
  return canonical.call(http.request, "http://127.0.0.1:1/x"), canonical.call(http.request, "http://127.0.0.1:1/x", "a"),
    canonical.call(http.request, "http://localhost:1/x"), canonical.call(http.request, "http://[::1]:1/x"),
    canonical.call(http.request, { url = "http://127.0.0.1:1/x", method = "POST", source = ltn12.source.string("abc") })
end

-- Methods and redirects --------------------------------------------------------------------------

function cases.methods(world)
  return echo(world, { method = "PUT" }), echo(world, { method = "patch" }), echo(world, { method = "DELETE" }),
    echo(world, { method = 5 }), echo(world, { method = true }), echo(world, { uri = true }),
    echo(world, { path = true }), echo(world, { method = "OPTIONS", uri = "*" }), echo(world, { method = "" })
end

function cases.redirect(world)
  return echo(world, { redirect = false }, "/302"), echo(world, { method = "POST" }, "/302"),
    echo(world, { redirect = true, method = "POST" }, "/302"), echo(world, { method = "PUT" }, "/307"),
    echo(world, { method = "get" }, "/302"), echo(world, { method = "GET" }, "/302"),
    echo(world, { method = "HEAD" }, "/302")
end

function cases.redirect_counts(world)
  return echo(world, { maxredirects = 2 }, "/hop1"), echo(world, { maxredirects = 0 }, "/hop1"),
    echo(world, { nredirects = 4 }, "/hop1"), echo(world, { maxredirects = false }, "/hop0")
end

function cases.redirect_carries(world)
  return echo(world, { headers = { ["x-a"] = "1", authorization = "s" }, user = "a", password = "b" }, "/302")
end

-- A password that the table has is for the first URL.
function cases.redirect_with_a_password(world)
  local address = with_user(world, "a:b") .. "/relative"
  return echo(world, { url = address, password = "c" }), echo(world, { url = address, password = false }),
    echo(world, { url = with_user(world, "a") .. "/relative", password = "c" })
end

function cases.redirect_and_create(world)
  local created = 0
  local function create()
    created = created + 1
    return socket.tcp()
  end
  return echo(world, { create = create }, "/302"), created, echo(world, { create = create, scheme = "http" }, "/302"),
    created
end

-- LuaSocket takes them out of the script's own table, unless it names the scheme.
function cases.table_after_a_redirect(world)
  local function left(scheme)
    local reqt = { url = world.base .. "/302", scheme = scheme, port = port_of(world), create = socket.tcp }
    http.request(reqt)
    return reqt.port, reqt.create
  end
  return { left() }, { left("http") }
end

-- Proxies ----------------------------------------------------------------------------------------

function cases.proxy(world)
  return echo(world, { url = "http://example.org/echo?x=1#f", proxy = world.base }),
    echo(world, { url = "http://u:p@example.org:81/echo", proxy = with_user(world, "pu:p%40p") }),
    echo(world, { proxy = world.base }, "/302")
end

function cases.proxy_for_all(world)
  http.PROXY = world.base
  local simple = canonical.call(http.request, "http://example.org/echo")
  local table_form = echo(world, { url = "http://example.org/echo" })
  http.PROXY = nil
  return simple, table_form
end

function cases.proxy_that_is_not_there()
  return http.request({ url = "http://example.org/", proxy = "http://127.0.0.1:1" })
end

function cases.proxy_that_is_no_url()
  return (pcall(http.request, { url = "http://example.org/", proxy = "127.0.0.1:1" }))
end

-- create -----------------------------------------------------------------------------------------

function cases.create(world)
  local function created(...)
    local answers = { ... }
    local count = select("#", ...)
    return echo(world, { create = function()
      return (table.unpack or unpack)(answers, 1, count)
    end })
  end
  return created(socket.tcp()), created(nil, "no socket"), created(), created(false, "none")
end

function cases.create_arguments(world)
  local given
  echo(world, { create = function(...)
    given = select("#", ...)
    return socket.tcp()
  end })
  return given
end

function cases.create_that_raises(world)
  return echo(world, { create = function()
    error("cannot", 0)
  end }), (pcall(http.request, { url = world.base .. "/ok", create = function()
    return {}
  end }))
end

-- A socket in disguise: everything but settimeout is passed on.
function cases.create_wrapped(world)
  local asked = {}
  return echo(world, { create = function()
    local tcp = socket.tcp()
    return setmetatable({
      settimeout = function(_, seconds)
        asked[#asked + 1] = seconds
        return 1
      end,
    }, {
      __index = function(_, name)
        return function(_, ...)
          return tcp[name](tcp, ...)
        end
      end,
    })
  end }), asked
end

function cases.settings()
  return http.TIMEOUT, http.USERAGENT, http.PROXY, http.PORT, http.schemes.http.port, http.schemes.https.port
end

function cases.module()
  return socket.http == http, package.loaded["socket.http"] == http
end

return cases
