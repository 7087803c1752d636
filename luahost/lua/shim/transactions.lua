-- Collecting a transaction, and handing it over.
local MEMBERS, SPOOL_DIR, DIALECT, EVENTS, concat, seldom, object, key_of, post = ...

local USER_FIELDS = {
  "username", "home", "uid", "gid", "service", "session_id", "session_create_time", "nonexistent", "anonymous",
  "autocreated", "mail_debug", "fuzzy_search", "dsyncing", "admin", "session_restored",
}
local EVENT_FIELDS = {
  "name", "mailbox", "mailbox_old", "uid", "uid_validity", "date", "tz", "from", "to", "subject", "snippet",
  "message_id", "from_address", "from_display_name", "to_address", "to_display_name", "flags", "flags_old",
  "keywords", "keywords_old",
}

local function hand_over(txn, success)
  local user, more = txn.user, ""
  for place = 1, #MEMBERS do
    local ok, text = pcall(MEMBERS[place], user, txn.mailboxes)
    more = more .. (ok and text or "")
  end
  local body = '{"luahost_transaction":1,"dialect":"' .. DIALECT .. '","time":' .. os.time() .. ',"user":'
    .. object(USER_FIELDS, user) .. ',"events":[' .. concat(txn.events, ",") .. '],"success":' .. tostring(success)
    .. more .. "}\n"
  local ok, status, reason, answer = pcall(post, body, txn)
  if not ok or status ~= 202 then
    seldom().not_taken(SPOOL_DIR, body, key_of(txn), ok and status, ok and reason or status, answer)
  end
end

function script_init()
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, events = {}, mailboxes = {} }
end

local function happened(txn, event)
  txn.events[#txn.events + 1] = object(EVENT_FIELDS, event)
  if event.uid then
    txn.mailboxes[event.mailbox] = true
  end
end

for _, name in ipairs(EVENTS) do
  _G["dovecot_lua_notify_event_" .. name] = happened
end

function dovecot_lua_notify_end_txn(txn, success)
  -- One that was rolled back has no events, and is sent all the same; else there was nothing that is in EVENTS.
  if txn.events[1] or not success then
    local ok, words = pcall(hand_over, txn, success)
    if not ok then
      pcall(dovecot.i_error, "luahost shim: a transaction is lost: " .. tostring(words))
    end
  end
end
