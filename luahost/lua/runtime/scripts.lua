-- scripts: the text of scripts and of their modules becomes functions; see luahost/runtime/script_bytecode.py.
--
-- A file that the engine has compiled before is not compiled again: its function is kept, and gets the globals of the
-- session that wants it. Functions of another session go on with those that they were made with.
local host, check, import, each_session = ...

local runtime = import("runtime")
local compile, trusted, guard = runtime.compile, runtime.trusted, runtime.guard

local load, setfenv, upvaluejoin = load, setfenv, debug.upvaluejoin
local byte, dump, find = string.byte, string.dump, string.find
local is_5_4 = _VERSION == "Lua 5.4"

-- As many files as an engine keeps.
local MOST_KEPT = 32

-- luahost's functions that scripts call by a global name.
local GLOBALS = trusted and "" or " load loadstring pcall print require setmetatable unpack xpcall "

local kept, count = {}, 0  -- by name: number of the text, the names that mattered then, function, and whether it has weak tables

local loading  -- hears of the name of each chunk of a script before it is loaded; see coverage/lines.lua
local may_be_weak  -- whether the session's script can tell when a collection has taken place

each_session(function()
  loading, may_be_weak = nil, trusted
end)

local function globals_are(chunk, env)
  if setfenv then
    return setfenv(chunk, env)
  end
  -- Not setupvalue: functions that the chunk has made share the variable.
  upvaluejoin(chunk, 1, function()
    return env
  end, 1)
  return chunk
end

local function keep(number, chunkname, names, chunk, weak)
  if not kept[chunkname] then
    if count == MOST_KEPT then
      kept, count = {}, 0
    end
    count = count + 1
  end
  kept[chunkname] = { number = number, names = names, chunk = chunk, weak = weak }
end

-- Where the bytecode is known, calls of luahost's functions are made to leave the script on the stack, as calls of
-- Dovecot's C functions do; see luahost/runtime/tail_calls.py.
local function with_calls(chunk, chunkname, scope, names, number)
  local bytecode = host.ready(dump(chunk), names, GLOBALS, number)
  return load(bytecode, chunkname, "b", scope)
end

local function compiled(source, chunkname, scope, names, number)
  local known = names and number and host.known(number, names, GLOBALS)
  if known then
    return load(known, chunkname, "b", scope)
  end
  local chunk, message = compile(source, chunkname, scope)
  if guard then
    guard.see(message)
  end
  if chunk and names then
    return with_calls(chunk, chunkname, scope, names, number)
  end
  return chunk, message
end

local scripts = {}

-- The function of a script's text, or nil and what the compiler says. That of a whole file has a number, and 0 if it is not
-- to be kept; see luahost/runtime/script_bytecode.py.
function scripts.compile(source, chunkname, scope, number)
  if loading then
    loading(chunkname)
  end
  number = number ~= 0 and number or nil
  local names = is_5_4 and check.known_names()
  local found = number and kept[chunkname]
  if found and found.number == number and found.names == names then
    may_be_weak = may_be_weak or found.weak
    return globals_are(found.chunk, scope)
  end
  local weak = find(source, "__mode", 1, true) ~= nil
  may_be_weak = may_be_weak or weak
  if trusted and byte(source, 1) == 27 then
    return compile(source, chunkname, scope, "b")
  end
  local chunk, message = compiled(source, chunkname, scope, names, number)
  if chunk and number then
    keep(number, chunkname, names, chunk, weak)
  end
  return chunk, message
end

function scripts.on_load(listener)
  loading = listener
end

function scripts.may_be_weak()
  return may_be_weak
end

return scripts
