-- boot: the first chunk of every Lua engine, the Lua half of luahost/runtime/engine.py and state.py.
--
-- An engine outlives its sessions. luahost's own chunks run once in it; what a script can reach, and what the chunks
-- know of a session, is made anew when a session begins. Here chunks are loaded, sessions begin, and a script's functions are
-- entered: under xpcall, so that an error is taken apart while the stack still stands, and leaves as plain values.
--
-- Scripts never run in the real _G: lupa looks up `debug` there before every call, unprotected.

-- `ask` is a plain Python function, to call others by number. It stays in upvalues of this file; what a chunk
-- gets of it are Lua functions, so no script ever holds a Python object.
local ask, trusted = ...

local real_G = _G
local error, rawequal, rawget, rawset = error, rawequal, rawget, rawset
local collectgarbage, select, setfenv, setmetatable = collectgarbage, select, setfenv, setmetatable
local tostring, type = tostring, type

-- Called by a field's name, which a traceback has even where chunks have lost those of their variables; see stack.lua.
local calls = { xpcall = xpcall }
local load, loadstring = load, loadstring
local getinfo, sethook = debug.getinfo, debug.sethook
local match, sub = string.match, string.sub
local unpack, randomseed = table.unpack or unpack, math.randomseed

-- Where random numbers begin by chance. Lua's own choice is the time in seconds and where the engine is.
local random_from_the_start = _VERSION == "Lua 5.4" or _VERSION == "Lua 5.5"

-- Lua 5.4 can collect what was made since the last time and leave the rest alone, which is luahost's own for the most part.
local knows_ages = _VERSION == "Lua 5.4" and not trusted

-- Kilobytes that may be made before something is collected by itself, at first and once a script has started.
local FREE = 256
if knows_ages then
  collectgarbage("step", -FREE)
end

-- Chunks of luahost ------------------------------------------------------------------------------

local guard  -- the chunk runtime.guard, in the sandbox

-- The engine's own numbers; those of host functions are others. See luahost/runtime/engine.py.
local READ_CHUNK, NUMBER = 0, 1

-- Host functions answer `true, results…`, `false, message` for a Lua error with that message, or nil and which
-- limit the script has reached.
local function settle(ok, ...)
  if ok then
    return ...
  elseif ok == nil then
    guard.stop(...)
  end
  error(..., 0)
end

-- Says what Python has to hear of before it is asked anything; nil if there is nothing.
local say_first

local function say()
  local what = say_first
  say_first = nil
  what()
  say_first = what
end

-- A host function becomes Lua's where its chunk first names it. A table of them has the name of its chunk at 1.
local host_functions = {}
function host_functions.__index(functions, name)
  local number
  local bound = function(...)
    if say_first then
      say()
    end
    -- It is Python that counts: here the guard's hook could come between counting and asking, and ask, too.
    number = number or ask(NUMBER, functions[1], name)
    return settle(ask(number, ...))
  end
  rawset(functions, name, bound)
  return bound
end

-- What a chunk gets as `host`: its Python half's functions, those of the session that runs.
local function host_table(chunk)
  return setmetatable({ chunk }, host_functions)
end

-- In an environment: load() of Lua 5.2 and later, loadstring() of 5.1 and LuaJIT. Text only, unless `mode` says otherwise.
local function compile(source, chunkname, env, mode)
  if setfenv then
    if not mode and sub(source, 1, 1) == "\27" then
      return nil, "attempt to load a binary chunk (mode is 't')"
    end
    local chunk, message = loadstring(source, chunkname)
    return chunk and setfenv(chunk, env), message
  end
  return load(source, chunkname, mode or "t", env)
end

-- The rooms of chunks that last as long as the engine. Those of others make tables that scripts get, and run once in
-- each session that wants them.
local LASTING = { check = true, controlled = true, dovecot = true, drivers = true, runtime = true }

local chunks, hosts, beginners = {}, {}, {}  -- the first two by name, for the chunks that do not last
local imported, imported_in_session = {}, {}
local check, session_check

-- The chunk's function, nil if there is no such chunk; and whether what it gives lasts.
local function chunk_of(name)
  local chunk = chunks[name]
  if chunk then
    return chunk, false
  end
  chunk = settle(ask(READ_CHUNK, name))
  if LASTING[match(name, "^[^.]+")] then
    return chunk, true
  end
  if chunk then
    chunks[name], hosts[name] = chunk, host_table(name)
  end
  return chunk, false
end

-- For a chunk that lasts and knows something of a session: `forget` is called now and when one begins.
local function each_session(forget)
  beginners[#beginners + 1] = forget
  forget()
end

local function import(name)
  local value = imported[name]
  if value ~= nil then
    return value
  end
  value = imported_in_session[name]
  if value ~= nil then
    return value
  end
  local chunk, lasts = chunk_of(name)
  if not chunk then
    error("luahost: there is no chunk " .. name, 0)
  elseif lasts then
    value = chunk(host_table(name), check, import, each_session)
    imported[name] = value
  else
    value = chunk(hosts[name], session_check, import)
    imported_in_session[name] = value
  end
  return value
end

-- What a chunk gives that lasts, nil if nobody has wanted it yet.
local function lasting(name)
  return imported[name]
end

-- What luahost's chunks know of the state: `env`, the globals of the session's script, among them.
local runtime = { compile = compile, chunk_of = chunk_of, import = import, imported = lasting, trusted = trusted }
imported.runtime = runtime

-- From now on Python hears of something, by this function, before it is asked anything; of nothing if that is nil. Answers
-- the function before.
function runtime.say_first(what)
  local before = say_first
  say_first = what
  return before
end

check = import("check")
session_check = check.of_session()
if not trusted then
  guard = import("runtime.guard")
  runtime.guard = guard
  local capped = import("runtime.capped")  -- with Lua's own pcall
  guard.arm(real_G)
  capped.install(real_G)
end
local scripts = import("runtime.scripts")
local fresh_globals = import("runtime.globals")
local failures = import("runtime.failure")
local message_handler = failures.message_handler

-- Gives the script global variables, each with the chunk that makes one for a session.
local function define(global, chunk, ...)
  if global then
    runtime.env[global] = import(chunk)()
    define(...)
  end
end

-- Begins a session. `path` is where `require` looks, the next three are what the guard allows, `low` and `high` are where
-- random numbers begin, and what follows are global variables for `define`.
local function begin(path, call_instructions, transaction_instructions, patience, low, high, ...)
  sethook()
  if guard then
    guard.begin_session(call_instructions, transaction_instructions, patience)
  end
  if random_from_the_start then
    randomseed(low, high)
  end
  imported_in_session = {}
  fresh_globals(path)
  for i = 1, #beginners do
    beginners[i]()
  end
  define(...)
end

-- Calling a script's functions ---------------------------------------------------------------------

-- Where Dovecot collects all garbage. Without weak tables a script does not know, and need not wait.
local function collect()
  if scripts.may_be_weak() then
    collectgarbage("collect")
  end
end

-- The engine's first script has started. What loading has left is collected: a sixth of all there is by now. What remains
-- is old from now on.
local generational = false
local function started()
  if knows_ages and not generational then
    generational = true
    collectgarbage("generational")
    collectgarbage("step", -FREE)
  end
end

-- Collects what is young, where the collector knows ages; what it leaves, a full collection may find. What was old by the
-- end of its session is left, and Lua makes no full collection by itself where it is asked for steps: so this does, once
-- that is much.
local GROWN, kilobytes = 1.5, 0
local function collect_young()
  if not generational then
    return
  end
  if collectgarbage("count") < GROWN * kilobytes then
    collectgarbage("step")
  else
    collectgarbage("collect")
    kilobytes = collectgarbage("count")
  end
end

local function nothing() end
local begin_call = guard and guard.begin_call or nothing
local end_call = guard and guard.end_call or nothing
local see = guard and guard.see or nothing

-- What there is to say of what has come out of a script's function that has raised.
local function failure_of(f, raised)
  local failure, value = failures.latest()
  -- Lua 5.5 makes text of an error value that is nil.
  if not failure or (value ~= nil and not rawequal(value, raised)) then
    see(raised)
    -- The handler itself has failed, or there was none: stack overflow, or out of memory.
    failure = { message = tostring(raised) }
  end
  see(failure.message)
  if not failure.file then
    -- A tail call has taken the script off the stack.
    failure.file = import("runtime.stack").script_file(getinfo(f, "S"))
  end
  return failure
end

local function failure_values(failure)
  return failure.message, failure.file, failure.line, failure.traceback
end

local function protected_results(f, ok, first, ...)
  end_call()
  if ok then
    return true, first, ...
  end
  return false, failure_of(f, first)
end

-- Arguments are passed on, as Lua's own xpcall does since 5.2.
runtime.xpcall = calls.xpcall
if setfenv then
  local function results(...)
    return ...
  end
  function runtime.xpcall(f, handler, ...)
    local n, arguments = select("#", ...), { ... }
    return results(calls.xpcall(function()
      -- No tail call, which would stand in the traceback; and a function that comes out of a call has no
      -- name of ours there.
      return results(results(f)(unpack(arguments, 1, n)))
    end, handler))
  end
end

-- Calls a script's function: `true, results…` or `false, failure`.
local function protected(f, ...)
  begin_call()
  return protected_results(f, runtime.xpcall(f, message_handler(), ...))
end

-- A script's global function by Dovecot's rule: raw, and of type function.
local function script_function(name)
  local f = rawget(runtime.env, name)
  return type(f) == "function" and f or nil
end

if guard then
  function guard.describe()
    local stack = import("runtime.stack")
    local file, line, short_file = stack.place()
    return file, line, short_file, stack.of_script()
  end
end

runtime.protected, runtime.script_function = protected, script_function
runtime.message_handler, runtime.failure_of, runtime.failure_values = message_handler, failure_of, failure_values
runtime.begin_call, runtime.end_call = begin_call, end_call
runtime.begin_calls = guard and guard.begin_calls or function()
  return nil, nil, nil, {}
end
runtime.collect, runtime.must_collect, runtime.collect_young = collect, scripts.may_be_weak, collect_young
runtime.started = started
runtime.compile_script, runtime.on_load = scripts.compile, scripts.on_load

-- Entries for Python -----------------------------------------------------------------------------

local flat = import("runtime.flat")
local entries = {}

local script

-- Parses the script: nil if all went well, or the failure.
function entries.parse(source, chunkname, number)
  local message
  script, message = scripts.compile(source, chunkname, runtime.env, number)
  if not script then
    return message, sub(chunkname, 2), match(message, ":(%d+): ")
  end
end

-- Runs it; the same answers.
function entries.run()
  local ok, failure = protected(script)
  if not ok then
    return failure_values(failure)
  end
end

runtime.run = entries.run

-- Calls a global function, without arguments or with a table of the keys and values that follow.
-- Answers `true, kind and value of the first result`, or `false, failure…`.
function entries.call(name, with_table, ...)
  local ok, result
  if with_table then
    ok, result = protected(script_function(name), flat(...))
  else
    ok, result = protected(script_function(name))
  end
  if not ok then
    return false, failure_values(result)
  end
  local kind = type(result)
  if kind == "number" or kind == "string" or kind == "boolean" then
    return true, kind, result
  end
  return true, kind
end

runtime.call = entries.call

-- In a fork of a state that was made before it was known whose script it is: where `require` looks, where random
-- numbers begin, and global variables.
function entries.adopt(path, low, high, ...)
  runtime.env.package.path = path
  if random_from_the_start then
    randomseed(low, high)
  end
  define(...)
end

function entries.has(...)
  local found = {}
  for i = 1, select("#", ...) do
    found[i] = script_function((select(i, ...))) ~= nil
  end
  return unpack(found)
end

-- The second: the function that Python asks for by its chunk and name, and whether it lasts as long as the engine.
return begin, function(chunk, name)
  local owner = chunk and import(chunk) or entries
  return owner[name], not chunk or imported[chunk] ~= nil
end
