-- Mailboxes as they are after the transaction, each asked for once. One may be gone by now.
local MEMBERS, concat, json, object = ...

local STATUS_FIELDS = { "messages", "recent", "unseen", "uid_next", "uid_validity" }

MEMBERS[#MEMBERS + 1] = function(txn)
  local storage, members = dovecot.storage, {}
  for _, name in ipairs(txn.mailboxes) do
    local key, ok, status = json(name), nil, nil
    -- A name that is no UTF-8 would end the mail process.
    if key:sub(1, 1) == '"' then
      local mailbox = txn.user:mailbox(name)
      ok, status = pcall(mailbox.status, mailbox, storage.STATUS_MESSAGES + storage.STATUS_RECENT
        + storage.STATUS_UNSEEN + storage.STATUS_UIDNEXT + storage.STATUS_UIDVALIDITY)
      mailbox:free()
    end
    if ok then
      status.uid_next, status.uid_validity = status.uidnext, status.uidvalidity
      members[#members + 1] = key .. ":" .. object(STATUS_FIELDS, status)
    end
  end
  return '"mailboxes":{' .. concat(members, ",") .. "}"
end
