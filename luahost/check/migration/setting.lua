-- Settings: Dovecot 2.4 hands them to script_init, 2.3 has user:plugin_getenv.
local push_settings = {}

local function push_setting(user, name)
  if user.plugin_getenv then
    return user:plugin_getenv(name)
  end
  return push_settings[name]
end
