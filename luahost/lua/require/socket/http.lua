-- socket.http: HTTP requests as LuaSocket 3.1 makes them. How one is performed is in luasocket/request.lua, which is
-- loaded for the first.
local _, check, import = ...

local modules = import("luasocket.modules")

local error, type = error, type
local concat = table.concat

local http = {
  TIMEOUT = 60,
  USERAGENT = modules.version(),
  schemes = {
    http = {
      port = 80,
      create = function()
        return import("require.socket").tcp
      end,
    },
    https = {
      port = 443,
      create = function(reqt)
        return import("require.ssl.https").tcp(reqt)
      end,
    },
  },
}

-- What raises is never called by a tail call, which would stand in the script's traceback.
local function given(...)
  return ...
end

local perform

local function request(reqt)
  perform = perform or import("luasocket.request")(http)
  return given(perform(reqt))
end

-- The request table of the simple form: GET, or POST with a body. Its target fills with the answer.
function http.genericform(address, body)
  local ltn12 = import("require.ltn12")
  local sink, target = ltn12.sink.table()
  local reqt = { url = address, sink = sink, target = target }
  if body then
    body = check.string(2, body)
    reqt.source = ltn12.source.string(body)
    reqt.headers = {
      ["content-length"] = #body,
      ["content-type"] = "application/x-www-form-urlencoded",
    }
    reqt.method = "POST"
  end
  return reqt
end

local function with_body(target, result, code, headers, status)
  if not result then
    return nil, code
  end
  return concat(target), code, headers, status
end

-- `1, code, headers, status` for a table, `body, code, headers, status` for a URL (and the body of a
-- POST); nil and a message without an answer.
function http.request(reqt, body)
  if type(reqt) ~= "string" then
    return given(request(reqt))
  end
  local simple = http.genericform(reqt, body and check.string(2, body))
  return with_body(simple.target, request(simple))
end

function http.open()
  error("luahost: socket.http.open is not offered to scripts; use socket.http.request", 2)
end

modules.is_http(http)

return http
