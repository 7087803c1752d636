-- Collecting a transaction, and handing it over.
local MEMBERS, SPOOL_DIR, TOKEN_FILE, DIALECT, EVENTS, concat, seldom_needed, object, post = ...

local USER_FIELDS = {
  "username", "home", "uid", "gid", "service", "session_id", "session_create_time", "nonexistent", "anonymous",
  "autocreated", "mail_debug", "fuzzy_search", "dsyncing", "admin", "session_restored",
}
local EVENT_FIELDS = {
  "name", "mailbox", "mailbox_old", "uid", "uid_validity", "date", "tz", "from", "to", "subject", "snippet",
  "message_id", "from_address", "from_display_name", "to_address", "to_display_name", "flags", "flags_old",
  "keywords", "keywords_old",
}

local count = 0

-- By which the server knows a transaction that comes twice: session, clock, processor time, place in memory, number.
local function new_key(txn)
  count = count + 1
  local key = concat({ txn.user.session_id or "", os.time(), os.clock(), tostring(txn):match("%w+$"), count }, "-")
  return key:gsub("[^%w.-]", "_"):sub(-150)
end

local function body_of(txn, success)
  local members = {
    '{"luahost_transaction":1,"dialect":"' .. DIALECT .. '","time":' .. os.time(),
    '"user":' .. object(USER_FIELDS, txn.user),
    '"events":[' .. concat(txn.events, ",") .. "]",
    '"success":' .. tostring(success),
  }
  for _, member in ipairs(MEMBERS) do
    local ok, text = pcall(member, txn)
    members[#members + 1] = ok and text or nil
  end
  return concat(members, ",") .. "}\n"
end

local function token()
  if TOKEN_FILE then
    local file = assert(io.open(TOKEN_FILE))
    local line = file:read()
    file:close()
    return line
  end
end

local function hand_over(txn, success)
  local body, key = body_of(txn, success), new_key(txn)
  local ok, status, reason, answer = pcall(function() return post(body, key, token()) end)
  if not ok then
    status, reason = nil, status
  end
  if status ~= 202 then
    seldom_needed().not_taken(SPOOL_DIR, body, key, status, reason, answer)
  end
end

function script_init()
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, events = {}, mailboxes = {} }
end

for _, name in ipairs(EVENTS) do
  _G["dovecot_lua_notify_event_" .. name] = function(txn, event)
    local mailbox, mailboxes = event.mailbox, txn.mailboxes
    txn.events[#txn.events + 1] = object(EVENT_FIELDS, event)
    if event.uid and not mailboxes[mailbox] then
      mailboxes[mailbox], mailboxes[#mailboxes + 1] = true, mailbox
    end
  end
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
