-- install: puts a clock or random numbers of the host's own in the place of Lua's; called by
-- luahost/runtime/controlled.py.
local _, _, import = ...

local controlled = {}

function controlled.install(has_clock, seed)
  local env = import("runtime").env
  if has_clock then
    import("controlled.clock")(env.os)
  end
  if seed then
    import("controlled.random")(env.math, env._VERSION, seed)
  end
end

return controlled
