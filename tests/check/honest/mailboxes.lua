-- Events of mailboxes, with named events for the statistics.

local parent

function script_init()
  parent = dovecot.event():append_log_prefix("mailboxes: ")
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  local event = dovecot.event(parent)
  event:add_str("username", user.username)
  return event
end

local function tell(word)
  return function(event, happened)
    event:set_name("mailbox_" .. word)
    event:add_str("mailbox", happened.mailbox)
    if happened.mailbox_old then
      event:add_str("mailbox_old", happened.mailbox_old)
    end
    event:log_info(word .. " " .. happened.mailbox)
  end
end

dovecot_lua_notify_event_mailbox_create = tell("created")
dovecot_lua_notify_event_mailbox_delete = tell("deleted")
dovecot_lua_notify_event_mailbox_rename = tell("renamed")
dovecot_lua_notify_event_mailbox_subscribe = tell("subscribed")
dovecot_lua_notify_event_mailbox_unsubscribe = tell("unsubscribed")

function dovecot_lua_notify_end_txn()
end
