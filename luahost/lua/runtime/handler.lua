-- handler: the message handler that xpcall gets instead of a script's own; the Lua half of none.
--
-- Lua calls a message handler with hooks off if the error came out of a hook, so once a limit has struck,
-- a script's handler must not run. Tracebacks do not show the frames of this file.

-- `stopped` tells whether a limit has struck.
return function(f, stopped)
  return function(...)
    if stopped() then
      return (...)
    end
    local answer = f(...)  -- no tail call, which would stand in a traceback
    return answer
  end
end
