-- globals: what a script can reach, in the order of the Lua manual (§6), each absence with its
-- reason. Lua versions differ in what they have; a name that the running Lua lacks is not made up.
--
-- Every library is a copy that belongs to the session, so a script that changes one changes it for
-- itself, and luahost's own chunks keep the originals.

local host, check, import = ...

local stdlib = _G
local concat, error, loadstring, next, pcall = table.concat, error, loadstring, next, pcall
local select, type = select, type
local collectgarbage, real_metatable, setfenv, tostring = collectgarbage, debug.getmetatable, setfenv, tostring
local registry = debug.getregistry()
local copier, runtime = import("runtime.copier"), import("runtime")
local compile_script, trusted = import("runtime.scripts").compile, runtime.trusted
local byte, find, huge = string.byte, string.find, math.huge

-- §6.1 Basic functions. Made below: _G collectgarbage load loadstring print warn; in boot.lua: require.
-- pcall and xpcall do not catch what stops a script (guard.lua); setmetatable and unpack refuse some of what
-- Lua's own take (capped.lua). Absent: dofile, loadfile (files; a script's own modules come by require),
-- getfenv, setfenv, module, newproxy (5.1: ways out of the environment, and finalizers).
local BASIC = {
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen",
  "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "_VERSION", "xpcall",
}

-- Libraries, each with what is left out of it.
local LIBRARIES = {
  coroutine = {},                                                                     -- §6.2, see guard.lua
  -- §6.3 package is made below: loaded, preload, path, config. Absent: loadlib, cpath, searchers,
  -- searchpath, seeall (machine code and files).
  string = { dump = "bytecode" },                                                     -- §6.4
  utf8 = {},                                                                          -- §6.5
  table = {},                                                                         -- §6.6, see capped.lua
  math = {},                                                                          -- §6.7
  bit32 = {},                                                                         -- §6.7 of 5.2
  bit = {},                                                                           -- LuaJIT
  -- §6.8 io: files and processes. Absent as a whole.
  os = {                                                                              -- §6.9
    execute = "processes", exit = "made below", getenv = "made below", remove = "files",
    rename = "files", setlocale = "changes the whole process", tmpname = "files",
  },
  -- §6.10 debug is made below: only traceback.
  -- LuaJIT's jit and ffi: machine code.
}

local function copy(library, without)
  local copied = {}
  for name, value in next, library do
    if not without[name] then
      copied[name] = value
    end
  end
  return copied
end

-- Puts the functions of libraries among those that are there.
local function add(own, into)
  for name, value in next, own do
    into[name] = type(value) == "table" and add(value, into[name] or {}) or value
  end
  return into
end

-- The longest text that load() takes in the sandbox: no hook stops the compiler.
local LONGEST_SOURCE = 1024 * 1024

-- The text of a chunk that load() takes as a string or as a function that gives pieces; of one that is too
-- long, no more than that it is. Nil and a message where the function fails.
local function drain(chunk, longest)
  if type(chunk) == "string" then
    return chunk
  end
  local pieces, length = {}, 0
  while length <= longest do
    local ok, piece = pcall(chunk)
    if not ok then
      return nil, piece
    elseif piece == nil or piece == "" then
      return concat(pieces)
    elseif type(piece) ~= "string" and type(piece) ~= "number" then
      return nil, "reader function must return a string"
    end
    pieces[#pieces + 1] = piece
    length = length + #(piece .. "")
  end
  return concat(pieces)
end

-- What raises is never called by a tail call, which would stand in the script's traceback.
local function given(...)
  return ...
end

local function joined(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...)))
  end
  return concat(texts, "\t")
end

-- What scripts get of luahost's in the place of Lua's.
local own = {
  debug = { traceback = import("runtime.traceback") },
  math = stdlib._VERSION == "Lua 5.4" and not stdlib.math.pow and import("runtime.old_math") or nil,
  os = {},
  package = { config = stdlib.package and stdlib.package.config },
  require = import("runtime.require"),
}

local longest_source = trusted and huge or LONGEST_SOURCE

-- Only counts. A script that could hold up the collector or drive it would have a hold on its limits.
function own.collectgarbage(option)
  if option == "count" then
    return collectgarbage("count")
  elseif option == "isrunning" then
    return true
  end
  return 0
end

-- Text in, never bytecode; the environment is the script's, or a table of its own.
local function loader(chunk, chunkname, mode, ...)
  mode = check.opt_string(3, mode, "bt")
  if chunkname ~= nil then
    chunkname = check.string(2, chunkname)
  end
  if type(chunk) == "number" then
    chunk = chunk .. ""
  elseif type(chunk) ~= "string" then
    check.type(1, chunk, "function")
  end
  if not find(mode, "t", 1, true) then
    return nil, "attempt to load a text chunk (mode is '" .. mode .. "')"
  end
  local scope = runtime.env
  if trusted and select("#", ...) > 0 then
    scope = ...
  elseif ... ~= nil then
    scope = check.table(4, (...))
  end
  local source, failure = drain(chunk, longest_source)
  if not source then
    return nil, failure
  elseif #source > longest_source then
    return nil, "luahost: load takes no text of more than 1 MiB"
  end
  if byte(source, 1) == 27 then
    return nil, "attempt to load a binary chunk (mode is 't')"
  end
  if chunkname == nil then
    chunkname = type(chunk) == "string" and chunk or "=(load)"
  elseif not trusted and find(chunkname, "^@luahost/lua/") then
    chunkname = "=luahost?"  -- what has such a name is taken for luahost's own, and left out of tracebacks
  end
  local compiled, message = compile_script(source, chunkname, scope)
  if compiled then
    return compiled
  end
  return nil, message
end
if setfenv then
  function own.load(reader, chunkname, mode, ...)
    if trusted then
      mode = nil
    elseif ... ~= nil then
      check.fail(4, "luahost: Lua 5.1 takes no environment here")
    end
    return given(loader(reader, chunkname, mode))
  end
  if loadstring then
    function own.loadstring(text, chunkname)
      return loader(check.string(1, text), chunkname)
    end
  end
else
  own.load = loader
  if stdlib.loadstring then
    own.loadstring = loader
  end
end

function own.print(...)
  host.print(joined(...) .. "\n")
end

if stdlib.warn then
  -- Dovecot prints no warnings.
  function own.warn(...)
    for i = 1, select("#", ...) do
      check.string(i, (select(i, ...)))
    end
  end
end

function own.os.exit()
  error("luahost: os.exit is not offered to scripts; in Dovecot it kills the mail process", 2)
end

function own.os.getenv(name)
  return host.getenv(check.string(1, name))
end

check.name(own.os)

-- A session's globals, but for what it has alone.
local function fresh()
  local made = {}
  for _, name in next, BASIC do
    made[name] = stdlib[name]
  end
  for name, without in next, LIBRARIES do
    if stdlib[name] then
      made[name] = copy(stdlib[name], without)
    end
  end
  return add(own, made)
end

-- Strings find their methods in the script's own `string`, and nobody can put others there.
local strings = real_metatable("")
strings.__metatable = false

local copied = copier(fresh)

-- Makes the session's globals; `path` is where its script's modules are looked for.
return function(path)
  local env, loaded, preload = copied(), {}, {}
  local package = env.package
  runtime.env, runtime.loaded, runtime.preload = env, loaded, preload
  strings.__index = env.string
  env._G, loaded._G = env, env
  package.loaded, package.path, package.preload = loaded, path, preload
  for name, library in next, env do
    if type(library) == "table" then
      loaded[name] = library
    end
  end
  -- Lua looks there for the names of functions, for tracebacks and messages.
  registry._LOADED = loaded
  if trusted then
    import("runtime.trusted")(env, loaded, preload)
  end
end
