-- Posting to nobody: each transaction is a line at the end of a file, which the server reads on.
local SPOOL_DIR, format = ...

-- What goes wrong is raised.
local function post(body, txn)
  -- Ten seconds have a file, and each user of the system has one, as nobody else may write to it.
  local now = os.time()
  local file = assert(io.open(format("%s/%d-%d.lines", SPOOL_DIR, now - now % 10, txn.user.uid or -1), "ab"))
  -- In one write, so that it stays in one piece, and after what somebody else may have left unfinished.
  file:setvbuf("no")
  local ok, words = file:write("\n" .. body)
  assert(file:close() and ok, words)
  return 202
end

return post
