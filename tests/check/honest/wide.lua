-- A longer script with many idioms: modules by hand, closures, varargs, metatables, protected calls.

local config = { url = nil, timeout = 1, mailboxes = { INBOX = true }, max = 20 }
local state = { failures = 0, open_since = nil }
local http

local function log(level, fmt, ...)
  local text = select("#", ...) > 0 and fmt:format(...) or fmt
  dovecot["i_" .. level]("push: " .. text)
end

local function split(text, separator)
  local found = {}
  for piece in (text or ""):gmatch("[^" .. separator .. "]+") do
    found[#found + 1] = piece:match("^%s*(.-)%s*$")
  end
  return found
end

local escapes = setmetatable({ ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }, {
  __index = function(_, char)
    return ("\\u%04x"):format(char:byte())
  end,
})

local encode

local function encode_string(text)
  return '"' .. text:gsub('[%c\\"]', escapes) .. '"'
end

local function encode_table(value)
  local parts = {}
  if #value > 0 then
    for _, item in ipairs(value) do
      parts[#parts + 1] = encode(item)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = encode_string(key) .. ":" .. encode(value[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value)
  local kind = type(value)
  if kind == "string" then
    return encode_string(value)
  elseif kind == "number" then
    return ("%d"):format(value)
  elseif kind == "table" then
    return encode_table(value)
  end
  return tostring(value)
end

function script_init(settings)
  local given = settings or {}
  config.url = given.push_url or config.url
  config.max = tonumber(given.push_max) or config.max
  if given.push_mailboxes then
    config.mailboxes = {}
    for _, name in ipairs(split(given.push_mailboxes, ",")) do
      config.mailboxes[name] = true
    end
  end
  if settings then
    http = dovecot.http.client({ request_timeout = config.timeout .. "s", request_max_attempts = "1" })
  else
    http = dovecot.http.client({ request_timeout_msecs = config.timeout * 1000, max_attempts = 1 })
  end
  return 0
end

function script_deinit()
  state.failures = 0
end

local function is_open()
  return state.open_since and os.time() - state.open_since < 30
end

local function post(url, body)
  local request = http:request({ url = url, method = "POST" })
  request:add_header("Content-Type", "application/json; charset=utf-8")
  request:set_payload(body)
  local response = request:submit()
  local status = response:status()
  if status >= 200 and status < 300 then
    state.failures = 0
    return true
  end
  return nil, status, response:reason()
end

function dovecot_lua_notify_begin_txn(user)
  local url = config.url
  if not url and user.plugin_getenv then
    url = user:plugin_getenv("push_url")
  end
  return setmetatable({ url = url, user = user, list = {}, dropped = 0 }, {
    __len = function(ctx)
      return #ctx.list
    end,
  })
end

local function add(ctx, event, extra)
  if not config.mailboxes[event.mailbox] then
    return
  end
  if #ctx.list >= config.max then
    ctx.dropped = ctx.dropped + 1
    return
  end
  local item = { kind = event.name, mailbox = event.mailbox, uid = math.tointeger(event.uid) or 0 }
  for key, value in pairs(extra or {}) do
    item[key] = value
  end
  table.insert(ctx.list, item)
end

function dovecot_lua_notify_event_message_new(ctx, event)
  add(ctx, event, { from = event.from_address, subject = event.subject or "", flags = event.flags })
end

function dovecot_lua_notify_event_flags_set(ctx, event)
  for _, flag in ipairs(event.flags) do
    if flag == "\\Seen" then
      return add(ctx, event)
    end
  end
end

function dovecot_lua_notify_event_message_trash(ctx, event)
  add(ctx, event)
end

dovecot_lua_notify_event_message_expunge = dovecot_lua_notify_event_message_trash

function dovecot_lua_notify_end_txn(ctx, success)
  if not success or not ctx.url or #ctx.list == 0 or is_open() then
    return
  end
  local body = encode({ user = ctx.user.username, session = ctx.user.session_id or "", items = ctx.list })
  local ok, sent, status, reason = pcall(post, ctx.url, body)
  if not ok then
    log("error", "%s", tostring(sent))
  elseif not sent then
    state.failures = state.failures + 1
    if state.failures > 3 then
      state.open_since = os.time()
    end
    log("warning", "%d %s", status, reason)
  elseif ctx.dropped > 0 then
    log("info", "%d messages were too many", ctx.dropped)
  end
end
