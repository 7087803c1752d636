-- socket.url: URLs taken apart, put together and resolved, as LuaSocket 3.1 does it. What takes more than a line is
-- in luasocket/url.lua, which is loaded when it is first wanted: most scripts escape, and no more.

local _, check, import = ...

local tonumber, type = tonumber, type
local byte, char, format, gsub = string.byte, string.char, string.format, string.gsub

local url = { _VERSION = "URL 1.0.3" }

-- Escapes ----------------------------------------------------------------------------------------

local function escaper(form)
  return function(character)
    return format(form, byte(character))
  end
end

local as_lower, as_upper = escaper("%%%02x"), escaper("%%%02X")

local function from_hex(digits)
  return char(tonumber(digits, 16))
end

local function unescaped(text)
  return (gsub(text, "%%(%x%x)", from_hex))
end

-- Everything but letters, digits and `_`.
function url.escape(text)
  return (gsub(check.string(1, text), "[^A-Za-z0-9_]", as_lower))
end

function url.unescape(text)
  return unescaped(check.string(1, text))
end

-- Parts and paths --------------------------------------------------------------------------------

-- What raises is never called by a tail call, which would stand in the script's traceback.
local function given(...)
  return ...
end

-- The parts of a URL over those of `default`, or nil and a message for an empty one.
function url.parse(text, default)
  if text then
    text = check.string(1, text)
  end
  return given(import("luasocket.url").parse(text, default))
end

-- The URL of parts; host, port, user and password go before authority and userinfo.
function url.build(parts)
  check.table(1, parts)
  return given(import("luasocket.url").build(parts))
end

-- `relative` as seen from `base`, a URL or the table of its parts.
function url.absolute(base, relative)
  local work = import("luasocket.url")
  local base_text, base_parts = base, base
  if type(base) == "table" then
    base_text = work.build(base)
  else
    base_parts = work.parse(base and check.string(1, base))
  end
  local relative_parts = work.parse(relative and check.string(2, relative))
  if not base_parts then
    return given(work.without_dots(check.string(2, relative)))
  elseif not relative_parts then
    return given(work.without_dots(base_text))
  elseif relative_parts.scheme then
    return given(work.without_dots(relative))
  end
  return given(work.without_dots(work.build(work.resolve(base_parts, relative_parts))))
end

-- The unescaped segments of a path, with is_absolute and is_directory set to 1 where it is so.
function url.parse_path(path)
  return given(import("luasocket.url").parse_path(path and check.string(1, path) or "", unescaped))
end

-- A path from its segments, escaped unless `unsafe`.
function url.build_path(segments, unsafe)
  check.table(1, segments)
  return given(import("luasocket.url").build_path(segments, unsafe, as_upper))
end

return url
