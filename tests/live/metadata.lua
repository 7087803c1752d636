-- Runs calls of METADATA methods and logs what each gives, one line a call. `calls` stands in front.

local function shown(value)
  if type(value) ~= "table" then
    return type(value) == "string" and '"' .. value .. '"' or tostring(value)
  end
  local pairs_of = {}
  for key, one in pairs(value) do
    pairs_of[#pairs_of + 1] = key .. "=" .. shown(one)
  end
  table.sort(pairs_of)
  return "{" .. table.concat(pairs_of, ", ") .. "}"
end

local function results(fine, ...)
  local all = {}
  for i = 1, select("#", ...) do
    all[i] = shown((select(i, ...)))
  end
  return (fine and "" or "error: ") .. table.concat(all, ", ")
end

function dovecot_lua_notify_begin_txn(user)
  return user
end

function dovecot_lua_notify_end_txn()
end

function dovecot_lua_notify_event_mailbox_create(user)
  local owners = {user = user, INBOX = user:mailbox("INBOX"), Work = user:mailbox("Work")}
  owners.INBOX:open()
  owners.Work:open()
  for _, call in ipairs(calls) do
    local owner = owners[call[1]]
    dovecot.i_info(results(pcall(owner["metadata_" .. call[2]], owner, table.unpack(call, 3, call.n))))
  end
end
