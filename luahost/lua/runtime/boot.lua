-- boot: the Lua half of luahost/runtime/state.py, the first chunk of every state.
--
-- It builds the one environment that scripts live in, loads luahost's own chunks, answers
-- `require`, and is the only place where a script's function is entered: under xpcall, so that an
-- error is taken apart while the stack still stands, and leaves as plain values.
--
-- Scripts never run in the real _G: lupa looks up `debug` there before every call, unprotected.

-- `ask` is a plain Python function, to call others by number. It stays in upvalues of this file; what a chunk
-- gets of it are Lua functions, so no script ever holds a Python object. `chunks`: luahost's, as far as they have been
-- compiled in this engine.
local ask, chunks, trusted = ...

local real_G = _G
local error, pairs, rawequal, rawget, rawset = error, pairs, rawequal, rawget, rawset
local collectgarbage, select, setfenv, setmetatable = collectgarbage, select, setfenv, setmetatable
local tostring, type, xpcall = tostring, type, xpcall
local load, loadstring = load, loadstring
local getinfo = debug.getinfo
local dump, find, match, sub = string.dump, string.find, string.match, string.sub
local unpack, randomseed = table.unpack or unpack, math.randomseed

-- Chunks of luahost ------------------------------------------------------------------------------

local guard  -- the chunk runtime.guard, in the sandbox
local loading  -- hears of the name of each chunk of a script before it is loaded; see coverage/lines.lua

-- The numbers of boot's own; see luahost/runtime/state.py.
local READ_CHUNK, HOST_FUNCTION, FIND_MODULE, SEARCH_PATH, GETENV, PRINT = 0, 1, 2, 3, 4, 5
local KNOWN_BYTECODE, READY_BYTECODE = 6, 7

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

-- What a chunk gets as `host`: its Python half's functions, fetched at first use.
local function host_table(chunk)
  return setmetatable({}, {
    __index = function(functions, name)
      local number = settle(ask(HOST_FUNCTION, chunk, name))
      local bound = function(...)
        return settle(ask(number, ...))
      end
      rawset(functions, name, bound)
      return bound
    end,
  })
end

local function is_bytecode(source)
  return sub(source, 1, 1) == "\27"
end

-- Text only, unless `mode` says otherwise, in an environment: load() of Lua 5.2 and later, loadstring() of 5.1
-- and LuaJIT.
local function compile(source, chunkname, env, mode)
  if setfenv then
    if not mode and is_bytecode(source) then
      return nil, "attempt to load a binary chunk (mode is 't')"
    end
    local chunk, message = loadstring(source, chunkname)
    return chunk and setfenv(chunk, env), message
  end
  return load(source, chunkname, mode or "t", env)
end

local imported = {}
local check

local function import(name)
  local value = imported[name]
  if value == nil then
    local chunk = chunks[name]
    if not chunk then
      local bytecode, path = settle(ask(READ_CHUNK, name))
      local message
      chunk, message = compile(bytecode, "@" .. path, real_G, "b")
      if not chunk then
        error(message, 0)
      end
      chunks[name] = chunk
    end
    value = chunk(host_table(name), check, import)
    imported[name] = value
  end
  return value
end

check = import("check")
if not trusted then
  guard = import("runtime.guard")
  local capped = import("runtime.capped")
  guard.arm(real_G)
  capped.install(real_G)
end

-- luahost's functions that scripts call by a global name.
local GLOBALS = trusted and "" or " load loadstring pcall print require setmetatable unpack xpcall "

-- Whether a script can tell when a collection has taken place.
local may_be_weak = trusted

-- The same for a script's text; `is_file` if that of a whole file. Where the bytecode is known, calls of luahost's
-- functions are made to leave the script on the stack, as calls of Dovecot's C functions do; see
-- luahost/runtime/tail_calls.py.
local function compile_script(source, chunkname, scope, is_file)
  if loading then
    loading(chunkname)
  end
  may_be_weak = may_be_weak or find(source, "__mode", 1, true) ~= nil
  if trusted and is_bytecode(source) then
    return compile(source, chunkname, scope, "b")
  end
  local names = real_G._VERSION == "Lua 5.4" and check.known_names()
  if names and is_file then
    local known = settle(ask(KNOWN_BYTECODE, source, chunkname, names, GLOBALS))
    if known then
      return load(known, chunkname, "b", scope)
    end
  end
  local chunk, message = compile(source, chunkname, scope)
  if guard then
    guard.see(message)
  end
  if chunk and names then
    local bytecode = dump(chunk)
    if is_file then
      bytecode = settle(ask(READY_BYTECODE, bytecode, names, GLOBALS, source, chunkname))
    else
      bytecode = settle(ask(READY_BYTECODE, bytecode, names, GLOBALS))
    end
    return load(bytecode, chunkname, "b", scope)
  end
  return chunk, message
end

-- The environment of scripts ---------------------------------------------------------------------

local env = {}

-- Lua's own table of loaded modules, emptied for the script: debug.traceback and error messages look
-- there for the names of functions.
local loaded, preload = package.loaded, {}
for name in pairs(loaded) do
  loaded[name] = nil
end

-- Modules whose name is no good as a file's: JSON.lua and json.lua are one file to some file systems.
local CHUNKS = { JSON = "json.jsonlua" }

-- The tried places of a module, as require lists them.
local function not_found(name, tried)
  return "module '" .. name .. "' not found:\n\tno field package.preload['" .. name .. "']" .. tried
end

-- Level 2 is require, 3 the script: the place that real Lua puts before these messages.
local function compiled(name, path, source)
  local chunk, message = compile_script(source, "@" .. path, env, true)
  if not chunk then
    error("error loading module '" .. name .. "' from file '" .. path .. "':\n\t" .. message, 3)
  end
  return chunk
end

-- A script's own module goes before luahost's of the same name: whoever puts a json.lua beside the
-- script means that one.
function env.require(name)
  name = check.string(1, name)
  if loaded[name] ~= nil then
    return loaded[name]
  end
  local value
  local loader = preload[name]
  if loader then
    value = loader(name, ":preload:")
  else
    local path, source, tried = settle(ask(FIND_MODULE, name))
    local chunk_name = CHUNKS[name] or "require." .. name
    if path then
      value = compiled(name, path, source)(name, path)
    elseif chunks[chunk_name] or settle(ask(READ_CHUNK, chunk_name)) then
      value = import(chunk_name)
    else
      error(not_found(name, tried), 2)
    end
  end
  if value ~= nil then
    loaded[name] = value
  elseif loaded[name] == nil then
    loaded[name] = true
  end
  return loaded[name]
end

import("runtime.globals")(env, {
  load = function(source, chunkname, scope)
    return compile_script(source, chunkname, scope)
  end,
  loaded = loaded,
  preload = preload,
  path = settle(ask(SEARCH_PATH)),
  trusted = trusted,
  getenv = function(name)
    return settle(ask(GETENV, name))
  end,
  print = function(text)
    return settle(ask(PRINT, text))
  end,
})

-- Calling a script's functions ---------------------------------------------------------------------

local traceback = import("runtime.traceback")
local failures = import("runtime.failure")(env, guard)
local message_handler, place, script_file = failures.message_handler, failures.place, failures.script_file

-- Where Dovecot collects all garbage. Without weak tables a script does not know, and need not wait.
local function collect()
  if may_be_weak then
    collectgarbage("collect")
  end
end
local function must_collect()
  return may_be_weak
end

local function nothing() end
local begin_call = guard and guard.begin_call or nothing
local end_call = guard and guard.end_call or nothing
local check_stopped, see = guard and guard.check or nothing, guard and guard.see or nothing

local function protected_results(f, ok, first, ...)
  check_stopped()
  end_call()
  local failure, value = failures.latest()
  if ok then
    return true, first, ...
  end
  -- Lua 5.5 makes text of an error value that is nil.
  if not failure or (value ~= nil and not rawequal(value, first)) then
    see(first)
    -- The handler itself has failed, or there was none: stack overflow, or out of memory.
    failure = { message = tostring(first) }
  end
  see(failure.message)
  if not failure.file then
    -- A tail call has taken the script off the stack.
    failure.file = script_file(getinfo(f, "S"))
  end
  return false, failure
end

-- Calls a script's function: `true, results…` or `false, failure`.
local function results(...)
  return ...
end
local function protected(f, ...)
  begin_call()
  local n, arguments = select("#", ...), { ... }
  return protected_results(f, xpcall(function()
    -- No tail call, which would stand in the traceback; and a function that comes out of a call has no
    -- name of ours there.
    return results(results(f)(unpack(arguments, 1, n)))
  end, message_handler()))
end
if not setfenv then
  -- xpcall passes arguments on since 5.2, and one frame less stands on the stack.
  protected = function(f, ...)
    begin_call()
    return protected_results(f, xpcall(f, message_handler(), ...))
  end
end

-- A script's global function by Dovecot's rule: raw, and of type function.
local function script_function(name)
  local f = rawget(env, name)
  return type(f) == "function" and f or nil
end

if guard then
  function guard.describe()
    local file, line, short_file = place()
    return file, line, short_file, traceback.of_script()
  end
end

chunks.shapes = chunks.shapes or {}  -- see record.lua

imported.runtime = {
  env = env, shapes = chunks.shapes, guard = guard, place = place, protected = protected, script_function = script_function,
  collect = collect, must_collect = must_collect, compile = compile_script, at_scripts_line = failures.at_scripts_line,
  on_load = function(listener)
    loading = listener
  end,
}

-- Entries for Python -----------------------------------------------------------------------------

local function failure_values(failure)
  return failure.message, failure.file, failure.line, failure.traceback
end

local flat = import("runtime.flat")
local entries = {}

local script

-- Parses the script: nil if all went well, or the failure.
function entries.parse(source, chunkname)
  local message
  script, message = compile_script(source, chunkname, env, true)
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

-- In a fork of a state that was made before it was known whose script it is: where `require` looks, and what
-- random numbers begin with, where Lua chooses that at random.
function entries.adopt(path, ...)
  env.package.path = path
  local version = real_G._VERSION
  if version == "Lua 5.4" or version == "Lua 5.5" then
    randomseed(...)
  end
end

function entries.has(...)
  local found = {}
  for i = 1, select("#", ...) do
    found[i] = script_function((select(i, ...))) ~= nil
  end
  return unpack(found)
end

function entries.define(global, chunk)
  env[global] = import(chunk)
end

return function(chunk, name)
  local owner = chunk and import(chunk) or entries
  return owner[name]
end
