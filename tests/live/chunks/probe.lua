-- Behind tests/snippets/run.lua, in a script of Dovecot's or luahost's: when a mailbox is subscribed to or no
-- longer, runs the chunks in the file `chunks` of the script's folder, and writes what each gives into `answers`.
--
-- A line of the log and a named event tell, before each chunk, that what follows is its own.

-- luacheck: globals dovecot run user

local FOLDER = debug.getinfo(1, "S").source:match("^@(.*/)")
local CHUNKS, ANSWERS = FOLDER .. "chunks", FOLDER .. "answers"
local i_info, event, open, tostring = dovecot.i_info, dovecot.event, io.open, tostring

local running = false

local function begins(number)
  i_info("chunk " .. number)
  event():set_name("chunk"):add_str("number", number):log_debug("")
end

local function run_all(chunks)
  local prelude, first, texts = chunks:match("^([^\0]*)\0(%d+)\0(.*)$")
  local number = math.tointeger(tonumber(first))
  for text in texts:gmatch("([^\0]+)\0") do
    begins(tostring(number))
    local answer = run(prelude, { text })
    local file = assert(open(ANSWERS, "a"))
    file:write(answer, "\n")
    file:close()
    number = number + 1
  end
  begins("end " .. tostring(number))
end

local function subscribed(context)
  -- A chunk may itself make a mailbox and subscribe to it.
  if running then
    return
  end
  running, user = true, context.user
  local file = assert(open(CHUNKS, "rb"))
  local chunks = file:read("a")
  file:close()
  run_all(chunks)
  running, user = false, nil
end

function dovecot_lua_notify_begin_txn(mail_user)
  return { user = mail_user }
end

dovecot_lua_notify_event_mailbox_subscribe = subscribed
dovecot_lua_notify_event_mailbox_unsubscribe = subscribed

function dovecot_lua_notify_end_txn()
end
