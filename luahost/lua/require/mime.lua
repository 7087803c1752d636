-- mime: the filters of LuaSocket's mime module. Low-level ones are in luahost/shims/mime.py.
local host, check, import = ...

local ltn12 = import("require.ltn12")

local error, tostring, type = error, tostring, type

-- The one that is there when it is called: scripts may have put another in its place.
local function cycle(...)
  return ltn12.filter.cycle(...)
end

local mime = {
  _VERSION = "MIME 1.0.3",
  encodet = {},
  decodet = {},
  wrapt = {},
}

local CRLF = "\r\n"
local LINE_LENGTH = 76

-- Low level --------------------------------------------------------------------------------------

-- Each takes what it kept and a chunk; without the first there is nothing to do.

function mime.b64(kept, chunk)
  if kept == nil then
    return nil, nil
  end
  return host.b64(check.string(1, kept), check.opt_string(2, chunk))
end

function mime.unb64(kept, chunk)
  if kept == nil then
    return nil, nil
  end
  return host.unb64(check.string(1, kept), check.opt_string(2, chunk))
end

function mime.qp(kept, chunk, line_end)
  kept = check.opt_string(1, kept)
  line_end = line_end == nil and CRLF or check.c_string(3, line_end)
  if kept == nil then
    return nil, nil
  end
  return host.qp(kept, check.opt_string(2, chunk), line_end)
end

function mime.unqp(kept, chunk)
  if kept == nil then
    return nil, nil
  end
  return host.unqp(check.string(1, kept), check.opt_string(2, chunk))
end

function mime.wrp(left, chunk, length)
  return host.wrp(check.number(1, left), check.opt_string(2, chunk), check.opt_number(3, length, LINE_LENGTH))
end

function mime.qpwrp(left, chunk, length)
  return host.qpwrp(check.number(1, left), check.opt_string(2, chunk), check.opt_number(3, length, LINE_LENGTH))
end

function mime.eol(last, chunk, line_end)
  return host.eol(check.integer(1, last), check.opt_string(2, chunk),
    line_end == nil and CRLF or check.c_string(3, line_end))
end

function mime.dot(state, chunk)
  return host.dot(check.number(1, state), check.opt_string(2, chunk))
end

check.name(mime)

-- High level -------------------------------------------------------------------------------------

function mime.encodet.base64()
  return cycle(mime.b64, "")
end

mime.encodet["quoted-printable"] = function(mode)
  return cycle(mime.qp, "", mode == "binary" and "=0D=0A" or CRLF)
end

function mime.decodet.base64()
  return cycle(mime.unb64, "")
end

mime.decodet["quoted-printable"] = function()
  return cycle(mime.unqp, "")
end

function mime.wrapt.text(length)
  length = length or LINE_LENGTH
  return cycle(mime.wrp, length, length)
end

mime.wrapt.base64 = mime.wrapt.text
mime.wrapt.default = mime.wrapt.text

mime.wrapt["quoted-printable"] = function()
  return cycle(mime.qpwrp, LINE_LENGTH, LINE_LENGTH)
end

-- The filter of that name from a table that scripts may add to; "default" where no name is given.
local function chooser(filters)
  return function(name, first, second)
    if type(name) ~= "string" then
      name, first, second = "default", name, first
    end
    local make = filters[name]
    if not make then
      error("unknown key (" .. tostring(name) .. ")", 2)
    end
    return make(first, second)
  end
end

mime.encode = chooser(mime.encodet)
mime.decode = chooser(mime.decodet)
mime.wrap = chooser(mime.wrapt)

-- Line ends made alike: CRLF, or what is given.
function mime.normalize(line_end)
  return cycle(mime.eol, 0, line_end)
end

-- Dots doubled at the beginning of lines, for SMTP.
function mime.stuff()
  return cycle(mime.dot, 2)
end

return mime
