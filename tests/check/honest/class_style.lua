-- A queue with methods, an upvalue that holds texts, and a limit.

local Queue = {}
Queue.__index = Queue

function Queue.new(limit)
  return setmetatable({ items = {}, limit = limit }, Queue)
end

function Queue:add(item)
  if #self.items < self.limit then
    self.items[#self.items + 1] = item
  end
end

function Queue:drain(act)
  for _, item in ipairs(self.items) do
    act(item)
  end
  self.items = {}
end

local last_user = ""

function dovecot_lua_notify_begin_txn(user)
  last_user = user.username
  return Queue.new(50)
end

function dovecot_lua_notify_event_message_new(queue, event)
  queue:add({ mailbox = event.mailbox, uid = event.uid // 1 | 0, subject = event.subject })
end

function dovecot_lua_notify_end_txn(queue, success)
  queue:drain(function(item)
    local subject = item.subject and (" " .. item.subject) or ""
    dovecot.i_info(("%s: %s/%d%s %s"):format(last_user, item.mailbox, item.uid, subject, tostring(success)))
  end)
end
