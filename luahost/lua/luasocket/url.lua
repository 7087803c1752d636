-- luasocket.url: what socket.url does with parts and paths.
--
-- That is RFC 2396 rather than RFC 3986: there are params (`;p`), `?` and `#` do not end an
-- authority, and dot segments are removed from the whole text of a resolved URL.

local pairs, tostring = pairs, tostring
local find, gmatch, gsub, match, sub = string.find, string.gmatch, string.gsub, string.match, string.sub
local concat, remove = table.concat, table.remove

local work = {}

-- Parts ------------------------------------------------------------------------------------------

-- `text` without what matches `pattern`, of which the capture becomes a part.
local function taken(parts, name, text, pattern)
  local from, to, found = find(text, pattern)
  if not from then
    return text
  end
  parts[name] = found
  return sub(text, 1, from - 1) .. sub(text, to + 1)
end

-- Authority and userinfo are taken apart too where they come from the defaults.
local function parse_authority(parts)
  local rest = taken(parts, "userinfo", parts.authority .. "", "^([^@]*)@")
  rest = taken(parts, "port", rest, ":([^:%]]*)$")
  if rest ~= "" then
    parts.host = match(rest, "^%[(.+)%]$") or rest
  end
  if parts.userinfo then
    parts.user = taken(parts, "password", parts.userinfo .. "", ":([^:]*)$")
  end
end

function work.parse(text, default)
  local parts = {}
  for name, value in pairs(default or {}) do
    parts[name] = value
  end
  if not text or text == "" then
    return nil, "invalid url"
  end
  local rest = taken(parts, "scheme", text, "^(%w[%w+.-]*):")
  rest = taken(parts, "authority", rest, "^//([^/]*)")
  rest = taken(parts, "fragment", rest, "#(.*)$")
  rest = taken(parts, "query", rest, "%?(.*)$")
  rest = taken(parts, "params", rest, ";(.*)$")
  if rest ~= "" then
    parts.path = rest
  end
  if parts.authority then
    parse_authority(parts)
  end
  return parts
end

function work.build(parts)
  local text = parts.path or ""
  if parts.params then
    text = text .. ";" .. parts.params
  end
  if parts.query then
    text = text .. "?" .. parts.query
  end
  local authority = parts.authority
  if parts.host then
    authority = parts.host
    if find(authority, ":", 1, true) then
      authority = "[" .. authority .. "]"
    end
    if parts.port then
      authority = authority .. ":" .. tostring(parts.port)
    end
    local userinfo = parts.userinfo
    if parts.user then
      userinfo = parts.user .. (parts.password and ":" .. parts.password or "")
    end
    if userinfo then
      authority = userinfo .. "@" .. authority
    end
  end
  if authority then
    text = "//" .. authority .. text
  end
  if parts.scheme then
    text = parts.scheme .. ":" .. text
  end
  if parts.fragment then
    text = text .. "#" .. parts.fragment
  end
  return text
end

-- Resolution -------------------------------------------------------------------------------------

-- Segments between slashes. Only the first and the last may be empty; an empty one between two
-- slashes counts as a segment with a name. That one is LuaSocket's, and what is named so in a URL goes with it.
local EMPTY = "\1"

local function segments_of(text)
  local segments = {}
  for segment in gmatch(text .. "/", "([^/]*)/") do
    segments[#segments + 1] = segment
  end
  for index = 2, #segments - 1 do
    if segments[index] == "" then
      segments[index] = EMPTY
    end
  end
  return segments
end

-- The first segment that a `..` after it takes away: there has to be a segment after the `..` too.
local function first_taken(segments)
  for index = 1, #segments - 2 do
    if segments[index] ~= "" and segments[index + 1] == ".." and segments[index + 2] ~= "" then
      return index
    end
  end
end

local function without_dots(text)
  local segments = segments_of(text)
  for index = #segments - 1, 2, -1 do
    if segments[index] == "." then
      remove(segments, index)
    end
  end
  local place = first_taken(segments)
  while place do
    remove(segments, place)
    remove(segments, place)
    place = first_taken(segments)
  end
  -- At the end `x/..` and `x/../` leave the folder, `/..` and `/.` the slash.
  local count = #segments
  local last = segments[count] == "" and count - 1 or count
  if last >= 2 and segments[last] == ".." and segments[last - 1] ~= "" then
    for index = count, last - 1, -1 do
      segments[index] = nil
    end
    segments[last - 1] = ""
  end
  count = #segments
  if count > 1 and (segments[count] == ".." or segments[count] == ".") then
    segments[count] = ""
  end
  if #segments > 2 and segments[1] == "" and segments[2] == ".." then
    remove(segments, 2)
  end
  return (gsub(concat(segments, "/"), EMPTY, ""))
end

local function resolved_path(base, relative)
  if sub(relative, 1, 1) == "/" then
    return without_dots(relative)
  end
  local folder = match(base, "^(.*/)") or "/"
  return without_dots(folder .. relative)
end

-- The base's part for each that is missing, up to the first that is there.
local INHERITED = { "path", "params", "query" }

function work.resolve(base, relative)
  relative.scheme = base.scheme
  if relative.authority then
    return relative
  end
  relative.authority = base.authority
  if relative.path then
    relative.path = resolved_path(base.path or "", relative.path)
    return relative
  end
  for index = 1, #INHERITED do
    local part = INHERITED[index]
    if relative[part] then
      break
    end
    relative[part] = base[part]
  end
  return relative
end

work.without_dots = without_dots

-- Paths ------------------------------------------------------------------------------------------

function work.parse_path(path, unescaped)
  local segments = {}
  for segment in gmatch(path, "[^/]+") do
    segments[#segments + 1] = unescaped(segment)
  end
  segments.is_absolute = sub(path, 1, 1) == "/" and 1 or nil
  segments.is_directory = sub(path, -1) == "/" and 1 or nil
  return segments
end

function work.build_path(segments, unsafe, as_upper)
  local escaped = {}
  for index = 1, #segments do
    local segment = segments[index]
    escaped[index] = unsafe and segment or gsub(segment, "[^%w%-_.!~*'():@&=+$,]", as_upper)
  end
  return (segments.is_absolute and "/" or "")
    .. concat(escaped, "/")
    .. (#segments > 0 and segments.is_directory and "/" or "")
end

return work
