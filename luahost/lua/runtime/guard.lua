-- guard: stops a script that uses more than it may; see luahost/runtime/limits.py.
--
-- While a script runs, a hook counts instructions in every coroutine. It is Lua, for a hook in Python would wait for other
-- threads each time; Python is asked about time now and then only. Once a limit has struck, the state is
-- dead: the hook fires at each instruction, whatever could catch its error raises it again, and so it
-- comes out in Python, which enters this state no more.
--
-- What no hook can stop is a C function at work, such as string.find with a bad pattern.
local host, check, import = ...

local create_handler = import("runtime.handler")

local error, ipairs, type, select = error, ipairs, type, select
local real_pcall = pcall
local calls = { real_xpcall = xpcall }  -- by a name that tracebacks have; see stack.lua
local real_create, real_resume, real_close = coroutine.create, coroutine.resume, coroutine.close
local sethook = debug.sethook
local clock, time = os.clock, os.time
local huge = math.huge

-- Any hook at all is what costs; a longer step costs no less.
local STEP = 10000
local step, mask

-- Where lines are watched, the instructions of the hook count too, and when the count is full in there, nobody
-- hears of it. A prime step falls on each instruction of a loop in turn, so a loop cannot hide there for ever.
local STEP_WITH_LINES = 9973

local OUT_OF_MEMORY = "not enough memory"

-- Fetched now: when memory has run out, they could not be.
local tell, look_at_the_time = host.stopped, host.look_at_the_time

local guard = {}

-- What a session is allowed, in a call and in a transaction, and how long not to ask for the time.
local call_instructions, transaction_instructions, patience
local armed  -- whether the hook is needed

local stopped  -- what is raised, once a limit has struck; no session is to come then
local count = { spent = 0 }  -- instructions of the call of the script that is at work
local depth = 0
local tallies, current = {}, 0  -- instructions by transaction, 0 for none
local over = false  -- whether the current one is
local asked_at, second = clock(), time()
local unseen, news  -- lines that somebody waits for, and who; see guard.watch_lines

-- Begins a session with these limits, nil for none.
function guard.begin_session(of_call, of_transaction, of_patience)
  patience = of_patience
  armed = (of_call or of_transaction or patience) ~= nil
  call_instructions, transaction_instructions = of_call or huge, of_transaction or huge
  step, mask, unseen, news = STEP, "", nil, nil
  count.spent, depth, tallies, current, over = 0, 0, {}, 0, false
  if armed and jit then
    jit.off()  -- compiled loops call no hook
  end
end

function guard.is_stopped()
  return stopped ~= nil
end

-- Where the script stands: file, line, file as Lua shortens it, traceback. Given by boot.
function guard.describe() end

local hook

-- Raises what comes out in Python, if a limit has struck.
function guard.check()
  if stopped then
    error(stopped, 0)
  end
end

-- Stops the script: for good, and wherever it is. With no memory left the place, or even the telling, may fail;
-- then Python sees it by what comes out.
local function stop(limit, used, allowed)
  if not stopped then
    stopped = "luahost: the script was stopped (" .. limit .. ")"
    real_pcall(sethook)  -- it would raise in what follows, too
    local ok, file, line, short_file, traceback = real_pcall(guard.describe)
    if not ok then
      file, line, short_file, traceback = nil, nil, nil, nil
    end
    real_pcall(tell, limit, used, allowed, file, line, short_file, traceback)
  end
  real_pcall(sethook, hook, "", 1)
  error(stopped, 0)
end
guard.stop = stop

local function out_of_memory()
  stop("memory_bytes")
end

-- Stops the script if this message says that memory ran out.
function guard.see(message)
  if message == OUT_OF_MEMORY then
    out_of_memory()
  end
end

function hook(_, line)
  if stopped then
    error(stopped, 0)
  elseif line then
    if unseen[line] then
      news(line)
    end
    return
  end
  local spent = count.spent + step
  count.spent = spent
  local tally = (tallies[current] or 0) + step
  tallies[current] = tally
  if spent > call_instructions then
    stop("call_instructions", spent, call_instructions)
  elseif tally > transaction_instructions then
    stop("transaction_instructions", tally, transaction_instructions)
  end
  local now = clock()
  if patience and (now - asked_at > patience or now < asked_at or time() ~= second) then
    asked_at, second = now, time()
    look_at_the_time()
  end
end

-- A script's function is about to be called, and has returned. In between there is the hook: luahost's own work
-- around the script is not slowed down.
function guard.begin_call()
  if depth == 0 then
    count.spent = 0
    if armed then
      sethook(hook, mask, step)
    end
  end
  depth = depth + 1
end

-- Raises what comes out in Python, if a limit has struck meanwhile.
function guard.end_call()
  depth = depth - 1
  if stopped then
    error(stopped, 0)
  elseif depth == 0 and armed then
    sethook()
  end
end

-- The same for many calls, one after the other. Answers what is to be set before each of them and taken away after it: a hook,
-- its mask and its count, no hook if none is needed; and where each begins with `spent` 0. `end_call` follows.
function guard.begin_calls()
  depth = depth + 1
  if depth > 1 then
    return nil, nil, nil, {}
  elseif armed then
    return hook, mask, step, count
  end
  return nil, nil, nil, count
end

-- Instructions belong to this transaction from now on, 0 for none. Answers the one before, for `work_on_again`.
function guard.work_on(transaction)
  local before = current
  current = transaction
  return before
end

-- What was worked on is done with.
function guard.work_on_again(before)
  if over then
    tallies[current], over = nil, false
  end
  current = before
end

-- The transaction is over, though not yet what is at work on it.
function guard.forget(transaction)
  if transaction == current then
    over = true
  else
    tallies[transaction] = nil
  end
end

-- What catches errors -----------------------------------------------------------------------------

local function after(ok, ...)
  if stopped then
    error(stopped, 0)
  elseif not ok and ... == OUT_OF_MEMORY then
    out_of_memory()
  end
  return ok, ...
end

-- No tail call to what raises: it would take the script's line off the stack.
local function given(...)
  return ...
end

function guard.pcall(...)
  if select("#", ...) == 0 then
    check.fail(1, "value expected")
  end
  return given(after(real_pcall(...)))
end

function guard.xpcall(f, handler, ...)
  if type(handler) ~= "function" then
    if not setfenv then
      check.type(2, handler, "function")
    end
    return given(after(calls.real_xpcall(f, handler, ...)))
  end
  return given(after(calls.real_xpcall(f, create_handler(handler, guard.is_stopped), ...)))
end

-- Coroutines. Each has a hook of its own, but for LuaJIT, where there is one. ----------------------

local one_hook = jit ~= nil

function guard.create(f)
  check.type(1, f, "function")
  local thread = real_create(f)
  if armed and not one_hook then
    sethook(thread, hook, mask, step)
  end
  return thread
end

function guard.resume(thread, ...)
  check.type(1, thread, "thread")
  return given(after(real_resume(thread, ...)))
end

-- Lua's own would close the coroutine's variables with hooks off. The place is put in front of a text.
local function unwrapped(ok, ...)
  if ok then
    return ...
  end
  local value = ...
  error(value, type(value) == "string" and 3 or 0)
end

function guard.wrap(f)
  check.type(1, f, "function")
  local thread = guard.create(f)
  return function(...)
    return given(unwrapped(after(real_resume(thread, ...))))
  end
end

if real_close then
  function guard.close(thread)
    check.type(1, thread, "thread")
    return given(after(real_close(thread)))
  end
end

check.name({ close = guard.close, create = guard.create, resume = guard.resume, wrap = guard.wrap })

-- Puts the functions above in the place of Lua's in these globals, for scripts and for luahost's own chunks.
function guard.arm(globals)
  globals.pcall, globals.xpcall = guard.pcall, guard.xpcall
  for _, name in ipairs({ "create", "resume", "wrap", "close" }) do
    globals.coroutine[name] = guard[name]
  end
end

-- From now on the hook is called for each line too, and calls `listener` with its number where `lines` has that.
function guard.watch_lines(lines, listener)
  unseen, news = lines, listener
  armed, mask, step = true, "l", STEP_WITH_LINES
  if jit then
    jit.off()
  end
end

return guard
