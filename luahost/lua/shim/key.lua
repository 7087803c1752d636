-- The key by which the server knows a transaction that comes twice.
local count = 0

-- Session, clock, processor time, place in memory, number.
local function key_of(txn)
  if not txn.key then
    count = count + 1
    local words = { txn.user.session_id or "", os.time(), os.clock(), tostring(txn):match("%w+$"), count }
    txn.key = table.concat(words, "-"):gsub("[^%w.-]", "_"):sub(-150)
  end
  return txn.key
end

return key_of
