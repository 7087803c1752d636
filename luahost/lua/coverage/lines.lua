-- lines: tells which lines of a script's files run; the Lua half of luahost/testing/coverage/collector.py.
--
-- A line hook is called for every line that runs, luahost's own among them, so it does next to nothing: `unseen`
-- says for a line number whether anybody waits for a line of that number, and only then is it asked in which
-- function that is. What the host has heard of once, in this state or an earlier one, it does not wait for.
local host, check, import = ...

local runtime = import("runtime")
local env, guard = runtime.env, runtime.guard

local gmatch, sub = string.gmatch, string.sub
local create, getinfo, resume, sethook = coroutine.create, debug.getinfo, coroutine.resume, debug.sethook
local error, tonumber, type = error, tonumber, type

local unseen = {}  -- for a line number, in how many functions it is waited for
local files = {}  -- for a chunk name, its functions by the line where they begin
local known = setmetatable({}, { __mode = "k" })  -- for a function, what `files` has of it, or false

-- A script's file is about to be loaded. The host answers with the lines it waits for, function by function, in
-- the form `0:1,2,3;7:8,9;`.
local function loading(chunkname)
  if files[chunkname] or sub(chunkname, 1, 1) ~= "@" then
    return
  end
  local functions = {}
  files[chunkname] = functions
  for begins, lines in gmatch(host.expected(sub(chunkname, 2)), "(%d+):([^;]*);") do
    local waited = { file = sub(chunkname, 2), begins = tonumber(begins) }
    functions[waited.begins] = waited
    for digits in gmatch(lines, "%d+") do
      local line = tonumber(digits)
      waited[line] = true
      unseen[line] = (unseen[line] or 0) + 1
    end
  end
end

-- What is known of the function at a level of the caller's.
local function function_at(level)
  local f = getinfo(level + 1, "f").func
  local waited = known[f]
  if waited == nil then
    local info = getinfo(level + 1, "S")
    local functions = files[info.source]
    waited = functions and functions[info.linedefined] or false
    known[f] = waited
  end
  return waited
end

-- Called by a hook, about a line that may be waited for: the function that runs it is the third from here.
local function news(line)
  local waited = function_at(3)
  if waited and waited[line] then
    waited[line] = nil
    unseen[line] = unseen[line] > 1 and unseen[line] - 1 or nil
    host.ran(waited.file, waited.begins, line)
  end
end

-- Under the policy `dovecot` there is no guard, whose hook this could share.

local function hook(_, line)
  if unseen[line] then
    news(line)
  end
end

local function unwrapped(ok, ...)
  if ok then
    return ...
  end
  local value = ...
  error(value, type(value) == "string" and 3 or 0)
end

local function given(...)
  return ...
end

local function watch_without_guard()
  sethook(hook, "l")
  if jit then
    jit.off()  -- what is compiled calls no hook
    return  -- one hook is for all coroutines there
  end
  function env.coroutine.create(f)
    if type(f) ~= "function" then
      check.fail(1, "function expected")
    end
    local thread = create(f)
    sethook(thread, hook, "l")
    return thread
  end
  function env.coroutine.wrap(f)
    if type(f) ~= "function" then
      check.fail(1, "function expected")
    end
    local thread = env.coroutine.create(f)
    return function(...)
      return given(unwrapped(resume(thread, ...)))
    end
  end
end

local entries = {}

-- Begins, before the script is loaded.
function entries.watch()
  runtime.on_load(loading)
  if guard then
    guard.watch_lines(unseen, news)
  else
    watch_without_guard()
  end
end

return entries
