-- trusted: what the policy `dovecot` adds to the sandbox: the libraries that scripts have in Dovecot,
-- for those who trust the script. Files and processes are open to it, Python is not.
--
-- luahost's functions stand for C functions, and like those they show no upvalues and no locals.
local _, _, import = ...

local collectgarbage, error, pairs, type = collectgarbage, error, pairs, type
local debug, io, os, package, string = debug, io, os, package, string
local find = string.find
local is_host = import("runtime.stack").is_host

-- Those that look into functions, with what they answer for one of luahost's.
local OF_FUNCTIONS = { getupvalue = true, setupvalue = true, upvalueid = true, upvaluejoin = true }

local function copy(library, into)
  for name, value in pairs(library) do
    into[name] = value
  end
  return into
end

local function debug_library(env, loaded, preload)
  local opened = copy(debug, {})
  for name in pairs(OF_FUNCTIONS) do
    local real = debug[name]
    opened[name] = real and function(f, ...)
      if type(f) == "function" and is_host(f) then
        return nil
      end
      return real(f, ...)
    end
  end
  -- A level counts from the caller, one above this function.
  for _, name in pairs({ "getlocal", "setlocal" }) do
    local real = debug[name]
    opened[name] = function(first, ...)
      if type(first) == "number" then
        local info = debug.getinfo(first + 1, "S")
        if info and find(info.source, "^@luahost/lua/") then
          return nil
        end
        local found, value = real(first + 1, ...)  -- no tail call, which would take this level away
        return found, value
      elseif type(first) == "function" and is_host(first) then
        return nil
      end
      return real(first, ...)
    end
  end
  -- The real registry holds what belongs to the host.
  local registry = { _LOADED = loaded, _PRELOAD = preload }
  function opened.getregistry()
    return registry
  end
  opened.traceback = env.debug.traceback
  return opened
end

return function(env, loaded, preload)
  env.io = copy(io, {})
  -- Dovecot's processes have next to no environment, and exit() kills them.
  local kept = { exit = env.os.exit, getenv = env.os.getenv }
  env.os = copy(kept, copy(os, {}))
  env.string.dump = string.dump
  env.collectgarbage = collectgarbage
  env.debug = debug_library(env, loaded, preload)
  env.package.cpath = package.cpath

  local function read(path)
    local file, message = io.open(path, "rb")
    if not file then
      return nil, "cannot open " .. message
    end
    local text = file:read("*a")
    file:close()
    return text
  end
  function env.loadfile(path, mode, scope)
    local text, message = read(path)
    if not text then
      return nil, message
    end
    local chunk, wrong = env.load(text, "@" .. path, mode, scope or env)
    return chunk, wrong
  end
  function env.dofile(path)
    local chunk, message = env.loadfile(path)
    if not chunk then
      error(message, 0)
    end
    return chunk()
  end
  for _, name in pairs({ "io", "os", "debug" }) do
    loaded[name] = env[name]
  end
end
