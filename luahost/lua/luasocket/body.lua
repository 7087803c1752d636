-- luasocket.body: the body of an answer as the source that LuaSocket would read it from.
--
-- luahost has the whole of it at once. Chunks are LuaSocket's blocks; of a body that broke off come
-- the whole blocks, then nil and the reason.

local _, _, import = ...

local socket = import("require.socket")

local tonumber = tonumber
local sub = string.sub

local body = {}

-- Whether this answer has a body at all (RFC 9112, section 6.3).
function body.expected(method, code)
  return method ~= "HEAD" and code ~= 204 and code ~= 304 and code >= 200
end

-- A body that ends with the connection always ends with one chunk that is no whole block, and be it "".
local function ends_with_connection(headers)
  local encoding = headers["transfer-encoding"]
  return (not encoding or encoding == "identity") and not tonumber(headers["content-length"])
end

-- LuaSocket looks at so much of an answer to see that it has no status line.
local LOOK = 5

function body.source(text, broken, headers, is_simple)
  local position = 1
  local last_is_short = not broken and ends_with_connection(headers)
  return function()
    local size = is_simple and position == 1 and LOOK or socket.BLOCKSIZE
    local left = #text - position + 1
    if left >= size or (left > 0 and not broken) then
      local chunk = sub(text, position, position + size - 1)
      position = position + #chunk
      last_is_short = last_is_short and #chunk == size
      return chunk
    elseif last_is_short then
      last_is_short = false
      return ""
    end
    return nil, broken
  end
end

return body
