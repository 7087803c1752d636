-- require: a script's own modules, and those that luahost offers; the files are found by luahost/runtime/modules.py.
--
-- A script's own module goes before luahost's of the same name: whoever puts a json.lua beside the script means that one.
local host, check, import = ...

local runtime = import("runtime")
local compile_script = import("runtime.scripts").compile
local chunk_of = runtime.chunk_of
local error = error

-- Modules whose name is no good as a file's: JSON.lua and json.lua are one file to some file systems.
local CHUNKS = { JSON = "json.jsonlua" }

-- The functions of these modules that are C in reality, which a script calls before the module is loaded.
check.know(
  "accept b64 bind connect connect4 connect6 decode decode_invalid_numbers decode_max_depth dirty dot encode "
    .. "encode_invalid_numbers encode_keep_buffer encode_max_depth encode_number_precision encode_sparse_array eol "
    .. "getaddrinfo getfd gethostname getnameinfo getoption getpeername getsockname getstats gettimeout listen qp qpwrp "
    .. "receive select send setfd setoption setpeername setsockname setstats settimeout shutdown skip sleep tcp4 tcp6 "
    .. "tohostname toip udp udp4 udp6 unb64 unqp wrp "
)

-- The tried places of a module, as require lists them.
local function not_found(name, tried)
  return "module '" .. name .. "' not found:\n\tno field package.preload['" .. name .. "']" .. tried
end

-- Level 2 is require, 3 the script: the place that real Lua puts before these messages.
local function compiled(name, path, source, number)
  local chunk, message = compile_script(source, "@" .. path, runtime.env, number)
  if not chunk then
    error("error loading module '" .. name .. "' from file '" .. path .. "':\n\t" .. message, 3)
  end
  return chunk
end

return function(name)
  name = check.string(1, name)
  local loaded = runtime.loaded
  if loaded[name] ~= nil then
    return loaded[name]
  end
  local value
  local loader = runtime.preload[name]
  if loader then
    value = loader(name, ":preload:")
  else
    local path, source, number, tried = host.find_module(name)
    local chunk_name = CHUNKS[name] or "require." .. name
    if path then
      value = compiled(name, path, source, number)(name, path)
    elseif chunk_of(chunk_name) then
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
