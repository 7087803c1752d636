-- Records each push transaction as one line of JSON, for luahost to replay: luahost run push.lua recording.jsonl
--
-- Settings:
--   luahost_record_file     where to; every process that handles mail must be able to write there
--   luahost_record_content  yes: names, addresses, subjects and snippets as they are; else hashes stand for them
--   luahost_record_key      a secret of yours that goes into the hashes, so that nobody can check a guess
--
-- It needs nothing but Lua, 5.1 or later, and never fails: what goes wrong is logged once in a session.

-- The events to record. Beside another push script, name only those that it handles itself: Dovecot tells every Lua
-- script of what any of them asked for.
local EVENTS = {
  "FlagsClear", "FlagsSet", "MailboxCreate", "MailboxDelete", "MailboxRename", "MailboxSubscribe",
  "MailboxUnsubscribe", "MessageAppend", "MessageExpunge", "MessageNew", "MessageRead", "MessageTrash",
}

local USER_FIELDS = {
  "username", "home", "uid", "gid", "service", "session_id", "session_create_time", "nonexistent", "anonymous",
  "autocreated", "mail_debug", "fuzzy_search", "dsyncing", "admin", "session_restored",
}

local EVENT_FIELDS = {
  "name", "mailbox", "mailbox_old", "uid", "uid_validity", "date", "tz", "from", "to", "subject", "snippet",
  "message_id", "from_address", "from_display_name", "to_address", "to_display_name", "flags", "flags_old",
  "keywords", "keywords_old",
}

-- Fields of status(), with their names in a recording.
local STATUS_FIELDS = {
  { "messages", "messages" }, { "recent", "recent" }, { "unseen", "unseen" }, { "uidnext", "uid_next" },
  { "uidvalidity", "uid_validity" },
}

-- JSON -------------------------------------------------------------------------------------------

-- For a first byte of UTF-8: how many follow, and the lowest and highest that the second may be (RFC 3629).
local function sequence(first)
  if first < 0x80 then return 0 end
  if first >= 0xC2 and first <= 0xDF then return 1, 0x80, 0xBF end
  if first == 0xE0 then return 2, 0xA0, 0xBF end
  if first == 0xED then return 2, 0x80, 0x9F end
  if first >= 0xE1 and first <= 0xEF then return 2, 0x80, 0xBF end
  if first == 0xF0 then return 3, 0x90, 0xBF end
  if first >= 0xF1 and first <= 0xF3 then return 3, 0x80, 0xBF end
  if first == 0xF4 then return 3, 0x80, 0x8F end
end

local function is_utf8(text)
  local at = text:find("[\128-\255]")
  while at and at <= #text do
    local more, low, high = sequence(text:byte(at))
    if not more then
      return false
    end
    for place = at + 1, at + more do
      local byte = text:byte(place)
      if not byte or byte < low or byte > high then
        return false
      end
      low, high = 0x80, 0xBF
    end
    at = at + more + 1
  end
  return true
end

local function json_text(text)
  if not is_utf8(text) then
    return '{"bytes":"' .. text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end) .. '"}'
  end
  return '"' .. text:gsub('[%c"\\]', function(character)
    return character:find("%c") and ("\\u%04x"):format(character:byte()) or "\\" .. character
  end) .. '"'
end

local function json(value)
  if type(value) == "string" then
    return json_text(value)
  elseif type(value) == "number" then
    return ("%.0f"):format(value)
  elseif type(value) == "table" then
    local items = {}
    for place, item in ipairs(value) do
      items[place] = json(item)
    end
    return "[" .. table.concat(items, ",") .. "]"
  end
  return tostring(value)
end

-- An object: names in order, and their values; without those that are nil.
local function json_object(names, values)
  local members = {}
  for _, name in ipairs(names) do
    if values[name] ~= nil then
      members[#members + 1] = json_text(name) .. ":" .. json(values[name])
    end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

-- Hashes: SHA-256 (FIPS 180-4), cut to 48 bits -----------------------------------------------------

-- Lua 5.3 and later have operators for it, which earlier ones cannot even parse.
local function from_arithmetic(both)
  return function(a, b)
    local result, place = 0, 1
    while a > 0 and b > 0 or not both and (a > 0 or b > 0) do
      local x, y = a % 2, b % 2
      if both and x + y == 2 or not both and x ~= y then
        result = result + place
      end
      a, b, place = (a - x) / 2, (b - y) / 2, place * 2
    end
    return result
  end
end

local function operator(symbol, name, both)
  local text = "return function(a, b) return a " .. symbol .. " b end"
  local made = (loadstring or load)(text)
  local library = rawget(_G, "bit") or rawget(_G, "bit32")
  if made then
    return made()
  elseif library then
    return function(a, b) return library[name](a, b) % 4294967296 end
  end
  return from_arithmetic(both)
end

local xor, band = operator("~", "bxor", false), operator("&", "band", true)

local function shifted(word, bits)
  local power = 2 ^ bits
  return (word - word % power) / power
end

local function rotated(word, bits)
  return shifted(word, bits) + word % 2 ^ bits * 2 ^ (32 - bits)
end

local K = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
local START = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 }

local function compress(state, w)
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local s0 = xor(xor(rotated(x, 7), rotated(x, 18)), shifted(x, 3))
    local s1 = xor(xor(rotated(y, 17), rotated(y, 19)), shifted(y, 10))
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) % 4294967296
  end
  local a, b, c, d, e, f, g, h = state[1], state[2], state[3], state[4], state[5], state[6], state[7], state[8]
  for i = 1, 64 do
    local s1 = xor(xor(rotated(e, 6), rotated(e, 11)), rotated(e, 25))
    local chosen = xor(band(e, f), band(4294967295 - e, g))
    local t1 = h + s1 + chosen + K[i] + w[i]
    local s0 = xor(xor(rotated(a, 2), rotated(a, 13)), rotated(a, 22))
    local majority = xor(xor(band(a, b), band(a, c)), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, (d + t1) % 4294967296, c, b, a, (t1 + s0 + majority) % 4294967296
  end
  for i, word in ipairs({ a, b, c, d, e, f, g, h }) do
    state[i] = (state[i] + word) % 4294967296
  end
end

local function sha256_start(text)
  local state = {}
  for i = 1, 8 do
    state[i] = START[i]
  end
  local padded = text .. "\128" .. ("\0"):rep((55 - #text) % 64) .. ("\0"):rep(4)
  local length = #text * 8
  for power = 3, 0, -1 do
    padded = padded .. string.char(math.floor(length / 256 ^ power) % 256)
  end
  for block = 1, #padded, 64 do
    local words = {}
    for i = 0, 15 do
      local p, q, r, s = padded:byte(block + i * 4, block + i * 4 + 3)
      words[i + 1] = ((p * 256 + q) * 256 + r) * 256 + s
    end
    compress(state, words)
  end
  return ("%08x%04x"):format(state[1], shifted(state[2], 16))
end

local hashes, hash_count = {}, 0

-- Stands for a text: the same one for the same text and key.
local function hash(text, key)
  if not hashes[text] then
    if hash_count >= 1000 then
      hashes, hash_count = {}, 0
    end
    hashes[text], hash_count = sha256_start(key .. "\0" .. text), hash_count + 1
  end
  return hashes[text]
end

-- What hides people and content ------------------------------------------------------------------

local function hidden(text, key)
  if text == nil or text == "" then
    return text
  end
  return "hidden-" .. hash(text, key)
end

-- Name and domain apart, so that what depends on domains can still be seen.
local function hidden_address(address, key)
  local name, domain = address:match("^(.+)@([^@]+)$")
  if not name then
    return hidden(address, key)
  end
  return hidden(name, key) .. "@" .. hash(domain, key) .. ".invalid"
end

local function hidden_mailbox_address(raw, address, display_name, key)
  if address == nil or address == "" then
    return hidden(raw, key)
  elseif display_name == nil or display_name == "" then
    return hidden_address(address, key)
  end
  return hidden(display_name, key) .. " <" .. hidden_address(address, key) .. ">"
end

local function hide_in_event(event, key)
  if event.from == nil then
    return  -- not about a message that has come
  end
  event.from = hidden_mailbox_address(event.from, event.from_address, event.from_display_name, key)
  event.to = hidden_mailbox_address(event.to, event.to_address, event.to_display_name, key)
  event.from_address = hidden_address(event.from_address or "", key)
  event.to_address = hidden_address(event.to_address or "", key)
  event.from_display_name = hidden(event.from_display_name, key)
  event.to_display_name = hidden(event.to_display_name, key)
  event.subject, event.snippet = hidden(event.subject, key), hidden(event.snippet, key)
  if event.message_id and event.message_id ~= "" then
    event.message_id = "<" .. hash(event.message_id, key) .. "@luahost.invalid>"
  end
end

local function hide_in_user(user, key)
  user.username, user.home = hidden_address(user.username, key), nil
  user.session_id = hidden(user.session_id, key)
end

-- Transactions -----------------------------------------------------------------------------------

local given_settings  -- by 2.4; 2.3 has them at the user

local complained = false

local function guarded(f, ...)
  local ok, result = pcall(f, ...)
  if ok then
    return result
  elseif not complained then
    complained = true
    pcall(dovecot.i_error, "luahost record: " .. tostring(result))
  end
end

local function setting(user, name)
  if given_settings then
    return given_settings[name]
  end
  return user:plugin_getenv(name)
end

local function copied(names, from)
  local to = {}
  for _, name in ipairs(names) do
    to[name] = from[name]
  end
  return to
end

local function status_json(user, mailbox_name)
  local storage = dovecot.storage
  local items = storage.STATUS_MESSAGES + storage.STATUS_RECENT + storage.STATUS_UNSEEN + storage.STATUS_UIDNEXT
  local mailbox = user:mailbox(mailbox_name)
  local ok, status = pcall(mailbox.status, mailbox, items + storage.STATUS_UIDVALIDITY)
  mailbox:free()
  if not ok then
    return nil  -- it may be gone by now
  end
  local names, values = {}, {}
  for place, field in ipairs(STATUS_FIELDS) do
    names[place], values[field[2]] = field[2], status[field[1]]
  end
  return json_object(names, values)
end

local function mailboxes_json(txn)
  local members, seen = {}, {}
  for _, event in ipairs(txn.events) do
    if event.uid and not seen[event.mailbox] then
      seen[event.mailbox] = true
      local status = status_json(txn.user, event.mailbox)
      members[#members + 1] = status and json_text(event.mailbox) .. ":" .. status
    end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

local function write(txn, success)
  local mailboxes = mailboxes_json(txn)
  local user, events = copied(USER_FIELDS, txn.user), {}
  if txn.hides then
    hide_in_user(user, txn.key)
  end
  for place, event in ipairs(txn.events) do
    if txn.hides then
      hide_in_event(event, txn.key)
    end
    events[place] = json_object(EVENT_FIELDS, event)
  end
  local line = table.concat({
    '{"luahost_transaction":1',
    '"dialect":' .. json(given_settings and "2.4" or "2.3"),
    '"time":' .. json(os.time()),
    '"hidden":' .. json(txn.hides),
    '"user":' .. json_object(USER_FIELDS, user),
    '"events":[' .. table.concat(events, ",") .. "]",
    '"success":' .. json(success),
    '"mailboxes":' .. mailboxes .. "}\n",
  }, ",")
  local file = assert(io.open(txn.file, "a"))
  file:setvbuf("full", #line + 1)  -- one write, so that lines of several processes do not mix
  local ok, message = file:write(line)
  file:close()
  assert(ok, message)
end

local function begin(user)
  local file = setting(user, "luahost_record_file")
  assert(file and file ~= "", "the setting luahost_record_file is missing, so nothing is recorded")
  return {
    user = user,
    file = file,
    hides = setting(user, "luahost_record_content") ~= "yes",
    key = setting(user, "luahost_record_key") or "",
    events = {},
  }
end

function script_init(settings)
  given_settings = settings
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return guarded(begin, user)
end

for _, name in ipairs(EVENTS) do
  local handler = "dovecot_lua_notify_event" .. name:gsub("%u", function(capital) return "_" .. capital:lower() end)
  _G[handler] = function(txn, event)
    if txn then
      txn.events[#txn.events + 1] = copied(EVENT_FIELDS, event)
    end
  end
end

function dovecot_lua_notify_end_txn(txn, success)
  if txn then
    guarded(write, txn, success)
  end
end
