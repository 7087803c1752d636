-- globals: what a script can reach, in the order of the Lua manual (§6), each absence with its
-- reason. Lua versions differ in what they have; a name that the running Lua lacks is not made up.
--
-- Every library is a copy that belongs to this state, so a script that changes one changes it for
-- itself, and luahost's own chunks keep the originals.

local _, check, import = ...

local stdlib = _G
local concat, error, loadstring, pairs, select, type = table.concat, error, loadstring, pairs, select, type
local collectgarbage, real_metatable, setfenv, tostring = collectgarbage, debug.getmetatable, setfenv, tostring
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
  for name, value in pairs(library) do
    if not without[name] then
      copied[name] = value
    end
  end
  return copied
end

-- The longest text that load() takes in the sandbox: no hook stops the compiler.
local LONGEST_SOURCE = 1024 * 1024

-- The text of a chunk that load() takes as a string or as a function that gives pieces; of one that is too
-- long, no more than that it is.
local function drain(chunk, longest)
  if type(chunk) == "string" then
    return chunk
  end
  local pieces, length = {}, 0
  while length <= longest do
    local piece = chunk()
    if piece == nil or piece == "" then
      return concat(pieces)
    end
    if type(piece) ~= "string" then
      error("reader function must return a string", 0)
    end
    pieces[#pieces + 1] = piece
    length = length + #piece
  end
  return concat(pieces)
end

local function joined(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...)))
  end
  return concat(texts, "\t")
end

return function(env, given)
  for _, name in pairs(BASIC) do
    env[name] = stdlib[name]
  end
  for name, without in pairs(LIBRARIES) do
    if stdlib[name] then
      env[name] = copy(stdlib[name], without)
    end
  end

  env._G = env

  -- Strings find their methods in the script's own `string`, and nobody can put others there.
  local strings = real_metatable("")
  strings.__index = env.string
  strings.__metatable = false

  local longest_source = given.trusted and huge or LONGEST_SOURCE

  -- Only counts. A script that could hold up the collector or drive it would have a hold on its limits.
  function env.collectgarbage(option)
    if option == "count" then
      return collectgarbage("count")
    elseif option == "isrunning" then
      return true
    end
    return 0
  end

  -- Text in, never bytecode; the environment is the script's, or a table of its own.
  local function loader(chunk, chunkname, mode, ...)
    if type(chunk) ~= "function" then
      chunk = check.string(1, chunk)
    end
    if mode ~= nil and mode ~= "t" and mode ~= "bt" then
      return nil, "attempt to load a text chunk (mode is '" .. tostring(mode) .. "')"
    end
    local scope = env
    if given.trusted and select("#", ...) > 0 then
      scope = ...
    elseif ... ~= nil then
      scope = check.table(4, (...))
    end
    local source = drain(chunk, longest_source)
    if #source > longest_source then
      return nil, "luahost: load takes no text of more than 1 MiB"
    end
    if byte(source, 1) == 27 then
      return nil, "attempt to load a binary chunk (mode is 't')"
    end
    if chunkname == nil then
      chunkname = type(chunk) == "string" and chunk or "=(load)"
    elseif not given.trusted and find(check.string(2, chunkname), "^@luahost/lua/") then
      chunkname = "=luahost?"  -- what has such a name is taken for luahost's own, and left out of tracebacks
    end
    return given.load(source, chunkname, scope)
  end
  if setfenv then
    function env.load(reader, chunkname, mode, ...)
      if given.trusted then
        mode = nil
      elseif ... ~= nil then
        check.fail(4, "luahost: Lua 5.1 takes no environment here")
      end
      local chunk, message = loader(reader, chunkname, mode)  -- no tail call, for the traceback's sake
      return chunk, message
    end
    if loadstring then
      function env.loadstring(text, chunkname)
        return loader(check.string(1, text), chunkname)
      end
    end
  else
    env.load = loader
    if stdlib.loadstring then
      env.loadstring = loader
    end
  end

  function env.print(...)
    given.print(joined(...) .. "\n")
  end

  if stdlib.warn then
    -- Dovecot prints no warnings.
    function env.warn(...)
      for i = 1, select("#", ...) do
        check.string(i, (select(i, ...)))
      end
    end
  end

  env.debug = { traceback = import("runtime.traceback").traceback }

  env.package = {
    config = stdlib.package and stdlib.package.config,
    loaded = given.loaded,
    path = given.path,
    preload = given.preload,
  }
  given.loaded._G = env
  for _, name in pairs({ "coroutine", "package", "string", "utf8", "table", "math", "bit32", "bit", "os", "debug" }) do
    given.loaded[name] = env[name]
  end

  function env.os.exit()
    error("luahost: os.exit is not offered to scripts; in Dovecot it kills the mail process", 2)
  end

  function env.os.getenv(name)
    return given.getenv(check.string(1, name))
  end

  if env._VERSION == "Lua 5.4" and not env.math.pow then
    import("runtime.old_math")(env.math)
  end
  if given.trusted then
    import("runtime.trusted")(env, given)
  end
end
