function script_init(settings)
  push_settings = settings or push_settings
  return 0
end
