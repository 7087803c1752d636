-- socket.url: RFC 3986's examples and many odd URLs.
local url = require("socket.url")
local canonical = require("canonical")

local cases = {}

local ODD = {
  "http://u:p@h:80/a/b;par?q=1#f", "http://h", "http://h?x", "http://h;p", "http://h#f", "//h/p", "/p?q;r#s", "p",
  "a:b", "a:b/c?d", "mailto:x@y", "http://a@b@c/", "http://a:b:c@d/", "http://:80/", "http://h:/", "?q", "#f", ";p",
  "http://[::1]:80/", "http://[::1]/", "http://u@[::1]:8/", "", "/", "http:", "http:/x", "http://", "1a:b", "+a:b",
  "a+b.c-d:e", "http://h/a;b;c?d;e?f#g#h", "http://h/a?b#c?d", "//", "///x", "http://h:80:90/", "http://@h/",
  "http://:@h/", "http://u:@h/", "http://:p@h/", "HTTP://H/", "http://h/%41", "a?b:c", "a/b:c", "h:80/x", "x y",
  "\n", "http://u:p:q@h", "http://h/\228", "http://h/a\0b",
}

local PARTS = {
  {}, { path = "/a" }, { path = "a;b?c" }, { scheme = "http", host = "h" }, { authority = "x" },
  { scheme = "http", authority = "x", host = "h" }, { host = "h", port = 80 }, { host = "h", user = "u" },
  { host = "h", user = "u", password = "p" }, { host = "h", password = "p" }, { userinfo = "z" }, { query = "q" },
  { host = "h", userinfo = "z", user = "u" }, { host = "h", userinfo = "z" }, { host = "::1", port = 1 },
  { path = "/a", params = "p", query = "q", fragment = "f" }, { params = "p" }, { fragment = "f" },
  { scheme = "s", path = "x" }, { scheme = "s" }, { path = "", host = "h" }, { path = "x", host = "h" },
  { port = 1 }, { host = "" }, { query = "" }, { host = "h", port = "" }, { path = "/x", params = "" },
}

-- RFC 3986, sections 5.4.1 and 5.4.2, and some more.
local RELATIVE = {
  "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", "g?y#s", ";x", "g;x", "g;x?y#s", "", ".", "./",
  "..", "../", "../g", "../..", "../../", "../../g", "../../../g", "../../../../g", "/./g", "/../g", "g.", ".g",
  "g..", "..g", "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y", "g;x=1/../y", "g?y/./x", "g?y/../x", "g#s/./x",
  "g#s/../x", "http:g", "...", "/a/./b/../c", "//g/../x", "a/b/c/../../d", "./a:b", "a/..", "a/../", "a//b",
  "..//..", "/..", "/.", "..?x", "//h:80", "?", "#", "\n",
}

local BASES = {
  "http://a/b/c/d;p?q", "http://h", "http://h/", "", "/x/y", "x", "http://h?q", "http://u:p@h:8/x;p?q#f",
  "file:///a/b",
}

local PATHS = { "", "/", "a", "/a", "a/", "/a/b/", "//a//b", "a%20b/c%2Fd", "%zz", "%", "%4", "/%41/", "a b" }

local SEGMENTS = {
  {}, { "a" }, { "a", "b" }, { "a b", "c/d" }, { "a", is_absolute = 1 }, { "a", is_directory = 1 },
  { is_absolute = 1 }, { is_directory = 1 }, { is_absolute = 1, is_directory = 1 }, { "" }, { 1, 2 }, { "\228" },
  { "a", "b", is_absolute = 1, is_directory = 1 }, { canonical.bytes() },
}

local function each(values, call)
  local found = {}
  for index, value in ipairs(values) do
    found[index] = canonical.call(call, value)
  end
  return found
end

function cases.parse()
  return each(ODD, url.parse)
end

function cases.parse_default()
  return url.parse("x", { scheme = "s", path = "d", mine = 1 }), url.parse("", { scheme = "s" })
end

function cases.parse_nothing()
  return url.parse(nil)
end

function cases.parse_number()
  return url.parse(5)
end

function cases.build()
  return each(PARTS, url.build)
end

function cases.build_what_was_parsed()
  return each(ODD, function(text)
    return url.build(url.parse(text) or {})
  end)
end

function cases.absolute()
  local found = {}
  for _, base in ipairs(BASES) do
    found[base] = each(RELATIVE, function(relative)
      return url.absolute(base, relative)
    end)
  end
  return found
end

function cases.absolute_from_parts()
  local base = url.parse("http://a/b/c/d;p?q")
  return url.absolute(base, "g"), url.absolute({ scheme = "x", host = "h" }, "g"), url.absolute({}, "x"), base
end

function cases.absolute_without_relative()
  return url.absolute("http://a/b", nil)
end

function cases.random_urls()
  local atoms = { "a", "b", ".", "..", "/", "//", "?", "#", ";", ":", "@", "http:", "http://", "[::1]", "80", "%41" }
  local random = canonical.random(7)
  local function text()
    local parts = {}
    for index = 1, random(9) do
      parts[index] = atoms[random(#atoms)]
    end
    return table.concat(parts)
  end
  local found = {}
  for index = 1, 500 do
    local base, relative = text(), text()
    found[index] = {
      url.parse(base) or "nil", url.build(url.parse(base) or {}), url.absolute(base, relative), url.parse_path(base),
    }
  end
  return found
end

function cases.parse_path()
  return each(PATHS, url.parse_path)
end

function cases.build_path()
  return each(SEGMENTS, url.build_path)
end

function cases.build_path_unsafe()
  return each(SEGMENTS, function(segments)
    return url.build_path(segments, true)
  end)
end

function cases.escape()
  return url.escape(canonical.bytes()), url.escape(5), url.escape("a b", "x")
end

function cases.unescape()
  return url.unescape("%41%4a%4A%zz%%41%4%00%ff+"), url.unescape(41), url.unescape(url.escape(canonical.bytes()))
end

function cases.escape_nothing()
  return (pcall(url.escape, nil)), (pcall(url.unescape, nil)), (pcall(url.escape, {}))
end

function cases.version()
  return url._VERSION
end

return cases
