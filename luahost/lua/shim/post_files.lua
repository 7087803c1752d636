-- Posting to nobody: each transaction is a line at the end of a file, which the server reads on.
local SPOOL_DIR, format = ...

-- Whether a file that is found by its name has a text at a place.
local function has(path, place, text)
  local file = io.open(path, "rb")
  if not file then
    return false
  end
  file:setvbuf("no")
  local found = file:seek("set", place) and file:read(#text)
  file:close()
  return found == text
end

-- What goes wrong is raised.
local function post(body, txn)
  -- Ten seconds have a file, and each user of the system has one, as nobody else may write to it.
  local now = os.time()
  local name = format("%d-%d.lines", now - now % 10, txn.user.uid or -1)
  local path = SPOOL_DIR .. "/" .. name
  local file = assert(io.open(path, "ab"))
  -- In one write, so that it stays in one piece, and after what somebody else may have left unfinished.
  file:setvbuf("no")
  local ok, words = file:write("\n" .. body)
  local place = file:seek() - #body
  assert(file:close() and ok, words)
  -- The server reads a file that is over to its end once nobody can find it any more: what is still found is read.
  if not has(path, place, body) then
    -- By this key the server knows the line, if it was read all the same.
    txn.key = format("%s-%d", name, place)
    error(name .. " was taken away before this was in it", 0)
  end
  return 202
end

return post
