-- The floor: pure Lua that builds the table of each event and calls the handler. No host can be faster.
--
-- lua5.4 floor.lua HANDLER EVENTS: for each number on standard input runs all transactions of the file so many
-- times, and answers with the seconds of processor time that it took. Values are numbers and strings of Lua already.
-- The file's form is in benchmarks/workload.py.

local handler, path = ...
local environment = setmetatable({}, { __index = _G })
assert(loadfile(handler, "t", environment))()

local function names(text)
  local found = {}
  for name in text:gmatch("[^,]+") do
    found[#found + 1] = name
  end
  return found
end

local function parted(line)
  local parts = {}
  for part in (line .. "\t"):gmatch("(.-)\t") do
    parts[#parts + 1] = part
  end
  return parts
end

-- One constructor for each form of event, as a person would write it.
local forms = {}

function forms.scalars(v)
  return {
    name = "MessageNew", mailbox = v[1], uid = v[2], uid_validity = v[3], date = v[4], tz = v[5], from = v[6], to = v[7],
    subject = v[8], snippet = v[9], message_id = v[10], from_address = v[11], from_display_name = v[12],
    to_address = v[13], to_display_name = v[14],
  }
end

function forms.lists(v)
  local flags, keywords = {}, {}
  for index, flag in ipairs(v[15]) do
    flags[index] = flag
  end
  for index, keyword in ipairs(v[16]) do
    keywords[index] = keyword
  end
  local event = forms.scalars(v)
  event.flags, event.keywords = flags, keywords
  return event
end

function forms.flags(v)
  return {
    name = "FlagsSet", mailbox = v[1], uid = v[2], uid_validity = v[3], flags = { v[4][1] }, keywords = {},
  }
end

local function value(form, index, part)
  if form == "flags" then
    return index == 4 and names(part) or index == 5 and names(part) or index > 1 and tonumber(part) + 0.0 or part
  elseif index >= 15 then
    return names(part)
  end
  return index >= 2 and index <= 5 and tonumber(part) + 0.0 or part
end

local form
local transactions = { {} }
for line in io.lines(path) do
  if line == "" then
    transactions[#transactions + 1] = {}
  else
    local parts = parted(line)
    form = table.remove(parts, 1)
    for index, part in ipairs(parts) do
      parts[index] = value(form, index, part)
    end
    table.insert(transactions[#transactions], parts)
  end
end

local build = forms[form]
local called = form == "flags" and "dovecot_lua_notify_event_flags_set" or "dovecot_lua_notify_event_message_new"
local begin, finish = environment.dovecot_lua_notify_begin_txn, environment.dovecot_lua_notify_end_txn
local handle = environment[called]
local user = { username = "bob" }

for line in io.lines() do
  local began = os.clock()
  for _ = 1, tonumber(line) do
    for _, events in ipairs(transactions) do
      local ctx = begin(user)
      for _, values in ipairs(events) do
        handle(ctx, build(values))
      end
      finish(ctx, true)
    end
  end
  print(("%.9f"):format(os.clock() - began))
  io.flush()
end
