-- Posting to nobody: each transaction is a file that the server takes.
local SPOOL_DIR = ...

-- Whole or not at all: nobody sees a file of this name before it has everything. What goes wrong is raised.
local function post(body, key)
  -- In order of time; within a second a process's own are in order, too.
  local name = ("%010.0f-%013.0f-%s.json"):format(os.time(), os.clock() * 1000000, key)
  local temporary = SPOOL_DIR .. "/." .. name .. ".tmp"
  local file = assert(io.open(temporary, "wb"))
  local ok, words = file:write(body)
  assert(file:close() and ok, words)
  assert(os.rename(temporary, SPOOL_DIR .. "/" .. name))
  return 202
end

return post
