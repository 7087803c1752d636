-- mime: low-level filters with their state, high-level ones, every byte value, random data.
local ltn12 = require("ltn12")
local mime = require("mime")
local canonical = require("canonical")

local cases = {}

local BYTES = canonical.bytes()

local TEXTS = {
  { "" }, { "a" }, { "ab" }, { "abc" }, { "abcd" }, { BYTES }, { "", "x" }, { "a", "" }, { "a", "b" }, { "a", "bcde" },
  { 5 }, { "YW", "Jj" }, { "YWI=", "YWJj" }, { "Y W\nI=" }, { "a=3D=\r\nb" }, { "a =\r\n" }, { "x \r\n" }, { "x\t" },
  { "x " }, { "=", "3D" }, { "=3" }, { "=zz" }, { "a\r\nb\nc\rd" }, { "a=", "" }, { "a b  ", "c" }, { "\r" },
  { "\r", "\n" }, { "a\r", "b" }, { "x=20\r\n" }, { " " }, { ". " }, { "=" }, { "=3d=3D=\n" }, { " \r", "\n" },
  { "\t\r\n \r\n" }, { "====" }, { "A===" }, { "AB==CD==" }, { "=\nb" }, { "", BYTES }, { BYTES, BYTES },
}

local function each_text(low)
  local found = {}
  for index, arguments in ipairs(TEXTS) do
    found[index] = canonical.call(low, arguments[1], arguments[2])
  end
  return found
end

for _, name in ipairs({ "b64", "unb64", "qp", "unqp" }) do
  cases[name] = function()
    return each_text(mime[name]), canonical.call(mime[name], nil, "b"), canonical.call(mime[name], nil)
  end
end

function cases.qp_line_end()
  return canonical.call(mime.qp, "a\r\nb", nil, "=0D=0A"), canonical.call(mime.qp, "a\n b \r\nc", "", "X"),
    canonical.call(mime.qp, "a ", "\r\n", "")
end

local WRAPPED = {
  { 5 }, { 5, "abc" }, { 3, "abcdef", 3 }, { 0, "abc", 3 }, { 3, "ab\ncd\r\nef", 5 }, { 76 }, { 5, nil, 10 },
  { 10, nil, 10 }, { 3, "abcdef", 0 }, { 3, "abcdef", 1 }, { -1, "abc", 3 }, { 3, "", 3 }, { 5, "a\r\n" }, { 5, "a\r" },
  { 2, "a\rb\nc", 2 }, { 5, "abcdefghijk", -1 }, { 10, "a=20b=3Dcdefg", 10 }, { 4, "a=20", 4 }, { 3, "abc=20", 4 },
  { 2, "=20=20", 6 }, { 1, "=20", 5 }, { 3, "=20", 5 }, { 4, "=20", 5 }, { 2, "a\r\nb", 5 },
  { 76, string.rep("x", 80), 76 }, { 3, "=", 5 }, { 3, "=2", 5 }, { 76, BYTES },
}

local function each_wrapped(low)
  local found = {}
  for index, arguments in ipairs(WRAPPED) do
    found[index] = canonical.call(low, arguments[1], arguments[2], arguments[3])
  end
  return found
end

function cases.wrp()
  return each_wrapped(mime.wrp), (pcall(mime.wrp, nil, "abc"))
end

function cases.qpwrp()
  return each_wrapped(mime.qpwrp), (pcall(mime.qpwrp, nil, "abc"))
end

local LINE_ENDS = {
  { 0, "a\nb" }, { 0, "a\r\nb" }, { 0, "a\rb" }, { 0, "a\n\rb" }, { 0, "\r" }, { 13, "\n" }, { 13, "\r" }, { 10, "\r" },
  { 10, "\n" }, { 10, "x" }, { 0, "\n\n\r\r" }, { 0 }, { 13 }, { 0, "" }, { 0, "a\nb", "|" }, { 0, "a\r", "|" },
  { 0, "\r\r\n\n" }, { 0, "a\n\r\n\r" }, { 1, "x\n" }, { 65, "\n" }, { 13, "" }, { 0, BYTES },
}

function cases.eol()
  local found = {}
  for index, arguments in ipairs(LINE_ENDS) do
    found[index] = canonical.call(mime.eol, arguments[1], arguments[2], arguments[3])
  end
  return found, (pcall(mime.eol, nil, "a"))
end

local DOTS = {
  { 2, "." }, { 2, ".." }, { 0, "." }, { 1, "." }, { 2, "a\r\n.b" }, { 2, "\r\n.\r\n" }, { 0, "\r" }, { 1, "\n" },
  { 2, "" }, { 2 }, { 0 }, { 1, nil }, { 2, "x\n.y" }, { 2, "x\r.y" }, { 2, ".\r\n.." }, { 3, "." }, { -1, "." },
}

function cases.dot()
  local found = {}
  for index, arguments in ipairs(DOTS) do
    found[index] = canonical.call(mime.dot, arguments[1], arguments[2])
  end
  return found, (pcall(mime.dot, nil, "a"))
end

-- High level -------------------------------------------------------------------------------------

local function steps(filter, ...)
  local found = {}
  for index, chunk in ipairs({ ... }) do
    found[index] = canonical.call(filter, chunk)
  end
  found[#found + 1] = canonical.call(filter, nil)
  found[#found + 1] = canonical.call(filter, nil)
  return found
end

function cases.encode()
  return steps(mime.encode("base64"), "abcd", "ef"), steps(mime.encode("quoted-printable"), "a b\r\n", "\228 "),
    steps(mime.encode("quoted-printable", "binary"), "a b\r\n", "\228 "),
    steps(mime.encode("quoted-printable", "text"), "a\r\n")
end

function cases.decode()
  return steps(mime.decode("base64"), "YW", "Jj"), steps(mime.decode("quoted-printable"), "a=", "3D")
end

function cases.wrap()
  local long = string.rep("x", 200)
  return steps(mime.wrap(), "abc=20", long, ""), steps(mime.wrap("text"), long), steps(mime.wrap("base64", 5), long),
    steps(mime.wrap("quoted-printable"), long, "=20"), steps(mime.wrap("quoted-printable", 10), long),
    steps(mime.wrap(7), long), steps(mime.wrap("text", 7), "a\nb\r\n" .. long), steps(mime.wrap("default", 7), long)
end

function cases.normalize()
  return steps(mime.normalize(), "a\nb\r", "\n"), steps(mime.normalize("|"), "a\nb\r", "\n")
end

function cases.stuff()
  return steps(mime.stuff(), ".a\r\n", ".b")
end

function cases.unknown_names()
  return canonical.call(mime.encode, "zz"), canonical.call(mime.decode, "zz"), canonical.call(mime.wrap, "zz"),
    canonical.call(mime.encode), canonical.call(mime.decode, 5)
end

function cases.names_of_ones_own()
  mime.encodet.rot = function(first, second)
    return function(chunk)
      return chunk and first .. chunk .. second
    end
  end
  return steps(mime.encode("rot", "<", ">"), "a")
end

-- Whole messages in chunks of all sizes: encoded, wrapped, decoded again.
function cases.random_data()
  local random = canonical.random(11)
  local favourites = { " ", "\t", "\r\n", "\r", "\n", "=", ".", "a", "=20" }
  local found = {}
  for round = 1, 40 do
    local chunks = {}
    for index = 1, random(6) do
      local bytes = {}
      for position = 1, random(50) do
        bytes[position] = random(3) == 1 and string.char(random(256) - 1) or favourites[random(#favourites)]
      end
      chunks[index] = table.concat(bytes)
    end
    local collected = {}
    for _, name in ipairs({ "base64", "quoted-printable" }) do
      local encoded, decoded = {}, {}
      ltn12.pump.all(ltn12.source.chain(ltn12.source.table(chunks), mime.encode(name), mime.wrap(name)),
        (ltn12.sink.table(encoded)))
      ltn12.pump.all(ltn12.source.chain(ltn12.source.table(encoded), mime.decode(name)), (ltn12.sink.table(decoded)))
      collected[name] = { encoded, table.concat(decoded) }
    end
    local stuffed = {}
    ltn12.pump.all(ltn12.source.chain(ltn12.source.table(chunks), mime.normalize(), mime.stuff(), mime.wrap(10)),
      (ltn12.sink.table(stuffed)))
    collected.undone = { table.concat(chunks) == collected.base64[2], stuffed }
    collected.nonsense = { canonical.call(mime.unqp, chunks[1], chunks[2]), canonical.call(mime.unb64, chunks[1]) }
    found[round] = collected
  end
  return found
end

function cases.version()
  return mime._VERSION, mime.wrapt.default == mime.wrapt.text
end

return cases
