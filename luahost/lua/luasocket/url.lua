-- luasocket.url: what socket.url does with parts and paths.
--
-- That is RFC 2396 rather than RFC 3986: there are params (`;p`), `?` and `#` do not end an
-- authority, and dot segments are removed from the whole text of a resolved URL.

local pairs = pairs
local find, gmatch, gsub, match, sub = string.find, string.gmatch, string.gsub, string.match, string.sub
local concat, remove = table.concat, table.remove

local work = {}

-- Parts ------------------------------------------------------------------------------------------

-- `text` without what matches `pattern`, and the capture.
local function cut(text, pattern)
  local from, to, found = find(text, pattern)
  if not from then
    return text
  end
  return sub(text, 1, from - 1) .. sub(text, to + 1), found
end

local function parse_authority(parts)
  local rest = parts.authority
  rest, parts.userinfo = cut(rest, "^([^@]*)@")
  rest, parts.port = cut(rest, ":([^:%]]*)$")
  if rest ~= "" then
    parts.host = match(rest, "^%[(.+)%]$") or rest
  end
  if parts.userinfo then
    local user, password = cut(parts.userinfo, ":([^:]*)$")
    parts.user, parts.password = user, password
  end
end

function work.parse(text, default)
  if not text or text == "" then
    return nil, "invalid url"
  end
  local found = {}
  local rest = text
  rest, found.scheme = cut(rest, "^(%w[%w+.-]*):")
  rest, found.authority = cut(rest, "^//([^/]*)")
  rest, found.fragment = cut(rest, "#(.*)$")
  rest, found.query = cut(rest, "%?(.*)$")
  rest, found.params = cut(rest, ";(.*)$")
  if rest ~= "" then
    found.path = rest
  end
  if found.authority then
    parse_authority(found)
  end
  local parts = {}
  for name, value in pairs(default or {}) do
    parts[name] = value
  end
  for name, value in pairs(found) do
    parts[name] = value
  end
  return parts
end

function work.build(parts)
  local authority = parts.authority
  if parts.host then
    authority = parts.host
    if find(authority, ":", 1, true) then
      authority = "[" .. authority .. "]"
    end
    if parts.port then
      authority = authority .. ":" .. parts.port
    end
    local userinfo = parts.userinfo
    if parts.user then
      userinfo = parts.user .. (parts.password and ":" .. parts.password or "")
    end
    if userinfo then
      authority = userinfo .. "@" .. authority
    end
  end
  return (parts.scheme and parts.scheme .. ":" or "")
    .. (authority and "//" .. authority or "")
    .. (parts.path or "")
    .. (parts.params and ";" .. parts.params or "")
    .. (parts.query and "?" .. parts.query or "")
    .. (parts.fragment and "#" .. parts.fragment or "")
end

-- Resolution -------------------------------------------------------------------------------------

-- Segments between slashes. Only the first and the last may be empty; an empty one between two
-- slashes counts as a segment with a name.
local EMPTY = {}

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
  local taken = first_taken(segments)
  while taken do
    remove(segments, taken)
    remove(segments, taken)
    taken = first_taken(segments)
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
  for index, segment in pairs(segments) do
    if segment == EMPTY then
      segments[index] = ""
    end
  end
  return concat(segments, "/")
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
