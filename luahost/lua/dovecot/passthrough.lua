-- dovecot.passthrough: the passthrough event that has not been logged yet, of which Dovecot has one: `event`, nil if there
-- is none.
local _, _, _, each_session = ...

local passthrough = {}

each_session(function()
  passthrough.event = nil
end)

return passthrough
