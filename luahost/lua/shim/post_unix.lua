-- Posting through a unix socket, which only LuaSocket can.
local URL, CAP_MS, TOKEN_FILE, concat, key_of = ...

local unix

-- LuaSocket, from where Lua's own modules are and nowhere else: a mail process may be in its user's home, which is ".".
local function load_unix()
  package.path = ""
  package.cpath = (";" .. package.cpath):gsub(";[^/;][^;]*", ""):sub(2)
  local found = require("socket.unix")
  return type(found) == "table" and found.stream or found
end

-- Status, reason and body of the server's answer.
local function post(body, txn)
  unix = unix or load_unix()
  local connection = unix()
  -- What is left of the time since it was made.
  local function in_time()
    local _, _, seconds = connection:getstats()
    connection:settimeout(math.max(CAP_MS / 1000 - seconds, 0), "t")
    return connection
  end
  connection:settimeout(CAP_MS / 1000, "t")
  assert(connection:connect(URL))
  assert(in_time():send(concat({
    "POST /v1/transactions HTTP/1.1", "Host: luahost", "Connection: close", "Content-Type: application/json",
    "Content-Length: " .. #body, "Idempotency-Key: " .. key_of(txn),
    (TOKEN_FILE and "Authorization: Bearer " .. io.lines(TOKEN_FILE)() .. "\r\n" or "") .. "\r\n" .. body,
  }, "\r\n")))
  local status, reason = assert(in_time():receive("*l")):match("^HTTP/1%.%d (%d%d%d) ?(.*)")
  local rest = status ~= "202" and in_time():receive("*a")
  connection:close()
  return tonumber(status), reason, rest and rest:match("\r\n\r\n(.*)")
end

return post
