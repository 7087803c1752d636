-- Mailboxes as they are after the transaction, each asked for once. One may be gone by now.
local MEMBERS, concat, format, json = ...

MEMBERS[#MEMBERS + 1] = function(user, mailboxes)
  local storage, members = dovecot.storage, {}
  for name in pairs(mailboxes) do
    local key, quote = json(name)
    -- A name that is no UTF-8 would end the mail process.
    if quote ~= "" then
      local mailbox = user:mailbox(name)
      local ok, status = pcall(mailbox.status, mailbox, storage.STATUS_MESSAGES + storage.STATUS_RECENT
        + storage.STATUS_UNSEEN + storage.STATUS_UIDNEXT + storage.STATUS_UIDVALIDITY)
      mailbox:free()
      if ok then
        members[#members + 1] = format(
          '"%s":{"messages":%d,"recent":%d,"unseen":%d,"uid_next":%d,"uid_validity":%d}',
          key, status.messages, status.recent, status.unseen, status.uidnext, status.uidvalidity)
      end
    end
  end
  return ',"mailboxes":{' .. concat(members, ",") .. "}"
end
