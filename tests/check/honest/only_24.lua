-- For 2.4 alone: settings from script_init, new functions, filters in var_expand.

local settings

function script_init(given)
  settings = given
end

function dovecot_lua_notify_begin_txn(user)
  return {
    name = user:var_expand("%{user | upper}"),
    started = dovecot.microseconds(),
    local_only = dovecot.net_ip_family(settings.push_host or "") ~= 0,
  }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.mailbox = event.mailbox
end

function dovecot_lua_notify_end_txn(ctx)
  if ctx.mailbox and ctx.local_only then
    local took = dovecot.microseconds() - ctx.started
    dovecot.event():set_forced_debug():set_name("push"):add_int("usecs", took):log_debug(ctx.name)
  end
end
