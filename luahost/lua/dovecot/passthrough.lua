-- dovecot.passthrough: the passthrough event that has not been logged yet, of which Dovecot has one.
local _, _, _, each_session = ...

local waiting

each_session(function()
  waiting = nil
end)

local passthrough = {}

function passthrough.wait_for(event)
  waiting = event
end

function passthrough.is_waiting()
  return waiting ~= nil
end

-- Nobody waits for it any more.
function passthrough.forget_waiting()
  waiting = nil
end

return passthrough
