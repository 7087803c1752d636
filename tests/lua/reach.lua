-- reach: every name that a script reaches, one a line with its type: from its globals, what it can require, the
-- objects of Dovecot's API, and through metatables. A table is walked where it is met first.

local next, type, tostring, rawequal, getmetatable, pcall = next, type, tostring, rawequal, getmetatable, pcall
local sort, print, ipairs = table.sort, print, ipairs

local MODULES = {
  "JSON", "cjson", "cjson.safe", "dkjson", "json", "ltn12", "mime", "rapidjson", "socket", "socket.headers",
  "socket.http", "socket.url", "ssl.https",
}

local seen, queue = {}, {}
local mine = {}
for name in next, _G do
  mine[name] = false
end

local function push(path, value)
  if type(value) == "table" and not seen[value] then
    seen[value] = true
    queue[#queue + 1] = { path, value }
  end
end

local function names_of(value)
  local names = {}
  for name in next, value do
    names[#names + 1] = name
  end
  sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local function walk()
  local at = 1
  while queue[at] do
    local path, value = queue[at][1], queue[at][2]
    at = at + 1
    for _, name in ipairs(names_of(value)) do
      -- Not what this script itself defines.
      if not rawequal(value, _G) or mine[name] == false then
        local item = value[name]
        local full = path == "" and tostring(name) or path .. "." .. (type(name) == "string" and name or type(name))
        print(full .. " " .. type(item))
        push(full, item)
      end
    end
    local metatable = getmetatable(value)
    if type(metatable) == "table" then
      print(path .. " has a metatable")
      push("metatable(" .. path .. ")", metatable)
    end
  end
  queue = {}
end

function dovecot_lua_notify_begin_txn(user)
  push("", _G)
  walk()
  print("('') " .. type(getmetatable("")))
  for _, value in ipairs { 1, true, print } do
    print("metatable of a " .. type(value) .. " " .. type(getmetatable(value)))
  end
  for _, name in ipairs(MODULES) do
    local ok, module = pcall(require, name)
    print("require " .. name .. " " .. (ok and type(module) or "fails"))
    push(name, module)
    walk()
  end
  push("user", user)
  push("mailbox", user:mailbox("INBOX"))
  push("event", dovecot.event())
  push("passthrough", dovecot.event():passthrough_event())
  walk()
end
function dovecot_lua_notify_event_message_new() end
