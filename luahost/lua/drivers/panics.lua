-- drivers.panics: what Dovecot dies of before it calls a function of a script's, and when a driver has started or a transaction
-- is over.
local _, _, import, each_session = ...

local runtime = import("runtime")
local passthrough = import("dovecot.passthrough")
local kill = import("dovecot.kill")

-- `left_by`: the function that left a passthrough event without a log call.
local panics = {}
local told_of_debug

each_session(function()
  told_of_debug, panics.left_by = false, nil
end)

-- Before each call Dovecot looks for debug.traceback, and dies if it cannot.
local function without_debug()
  if not told_of_debug then
    kill.tell("the global debug is no table, where Dovecot looks for debug.traceback before each call")
    told_of_debug = true
  end
end

-- What handles an error of the function that is called next.
function panics.handler_of_errors()
  local handler, has_debug = runtime.message_handler()
  if not has_debug then
    without_debug()
  end
  return handler
end

-- When a driver has started and when a transaction is over Dovecot makes passthrough events of its own, and
-- dies if the script has left one without a log call.
function panics.over()
  if passthrough.event then
    kill.tell((panics.left_by or "the script") .. " left a passthrough event without a log call")
  end
  passthrough.event = nil
  panics.left_by = nil
end

return panics
