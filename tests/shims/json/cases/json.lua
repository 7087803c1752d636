-- What luajson is asked. Its errors name its own files, so places do not count.
local cases = {}

local function case(name, f)
  cases[#cases + 1] = { name, f }
end

local function shown(text)
  return (string.gsub(text, "[%c\127-\255]", function(char) return string.format("\\%d", string.byte(char)) end))
end

local DECODE = {
  -- numbers
  "1", "1.0", "1e3", "-0", "-0.0", "0", "0.5", "-0.5", "0e1", "-1", "1E+2", "1e-2", "1e999", "12345678901234567890",
  "9007199254740993", "9223372036854775807", "00", "01", "-01", "-00", "00.5", "[0123]", "+1", ".5", "-.5", "5.",
  "1.", "1.e5",
  "1e", "1e+", "1.5e", "-", "- 1", "-a", "--1", "[1.2.3]", "[1-2]", "0x10", "-0x10", "0x", "0xg", "0b1",
  "nan", "NaN", "NAN", "nAn", "-nan", "-NaN", "nanx", "nan1", "Infinity", "-Infinity", "+Infinity", "INFINITY",
  "inf", "Inf",
  -- words
  "true", "false", "null", "undefined", "tru", "nullx", "undefinedx", "truefalse", "[truefalse]", "[null2]",
  -- strings
  '"a"', "'a'", "'a\"'", '"a\nb"', '"\0"', '"\\u0041"', '"\\u00e9"', '"\\u0000"', '"\\u07ff"', '"\\u0800"', '"\\uffff"',
  '"\\ud83d\\ude00"', '"\\ud83d"', '"\\x41"', '"\\xff"', '"\\/\\b\\f\\n\\r\\t\\v\\"\\\\\\\'"', '"\\z"', '"a\\zb"',
  '"\\q"',
  '"\\0"', '"\\a"', '"\\u12"', '"\\u"', '"\\x4"', '"\\xzz"', '"\\x"', '"\\\n"', '"abc', '"', '"\\"', '"\\', '["\\',
  '["\\u',
  '["\\u1', '["\\u123', '["a\nb\\q"]', '[1,\n\n"a\\q"]', '"a\\', '"\255\128"', "'abc\"",
  -- arrays and objects
  "[]", "{}", "[[]]", "[{}]", "[1,2]", "[ 1 , 2 ]", "[null]", "[null,1]", "[undefined]", '{"a":null}',
  '{"a":undefined}',
  '{"a":1,"a":2}', '{"":1}', '{"a":{"b":[1,{"c":true}]}}', "[1,]", "[1 , ]", '{"a":1,}', "{a:1}", "{a:1 ,}", "{a :1}",
  "{a\n:1}", "{a/*x*/:1}", "{_a1:1}", "{1:2}", "{1.5:2}", "{-1:2}", "{1e2:1}", "{1e999:1}", "{null:1}", "{true:1}",
  "{nan:1}",
  "{NaN:1}", "{-Infinity:1}", "{'a':1}",
  -- space and comments
  "", "  ", " 1 ", "\v1", "\f1", "\r1", "1\t", "\194\1601", "\194\1331", "\225\154\1281", "\225\160\1421",
  "\226\128\1281",
  "\226\128\1391", "\226\128\1401", "\226\128\1681", "\226\128\1751", "\226\129\1591", "\227\128\1281",
  "\239\187\1911", "\2261",
  "/* c */ 1", "[1,/*c*/2]", "1/*x*/", "/**/1", "/*/1", "/* c", "// c\n1", "1//x\n", "1 // c", "//x", "//x\r1",
  "1/2", "/",
  -- what luajson lets pass
  "[{}{}]", "[] []", "1 []", "{a:1}{b:2}", '{"a"}', "{1}", '{"a":1,"b"}', '{"a":1:2}', '{"a":1:2,3:4}', '{"a":b:1}',
  '{"a":null:1}', "[1 [2]]", "[1 [2],3]",
  -- what it does not
  "1 2", "[1 2]", "[,1]", "[1,,2]", "[,]", "[", "[1", "{", '{"a"', '{"a":', '{"a":1', "{,}", "{,a:1}", "{a:1,,}",
  '{"a",}',
  '{"a":}', '{"a" : }', '{"a":1 "b":2}', '{"a" 1}', '{"a"::1}', "{:1}", "[:]", "[1:2]", "[a:1]", "a:1", "1:2", ":",
  '"a":1',
  "{[1]:2}", "{{}:2}", "{a 1}", "{a b:1}", '{"a"b:1}', '{"a":1 2}', "[[1] 2]", '{"a":{} "b":1}', "{} 1", '"a" "b"',
  "[1i]",
  "{$a:1}", "{a:b}", "#", "[1#2]", "\0", "[1]\0", "call(1,2)", "[call()]", "[1\n,2\n,x]", "[1,\nx]", "[1,\n\nx]",
  '[1,\n"\\\n"]', "[1,\r\n2\rx]", "\n\n x",
}

for _, text in ipairs(DECODE) do
  case("decode " .. shown(text), function(json) return json.decode(text) end)
end

local STRICT = {
  "1", '"a"', "null", "", "[1]", '{"a":1}', "[]", "[1] ", "\194\160[1]", "\239\187\191[1]", "/*c*/[1]", "[null,1]",
  "[1.5e3]",
  "[1,]", '{"a":1,}', "{a:1}", "{1:2}", "['a']", '["\'"]', "[undefined]", "[NaN]", "[Infinity]", "[-Infinity]", "[01]",
  "[0x10]", '["a\nb"]', '["a\tb"]', '["\1"]', '["\8"]', '["\11"]', '["\12"]', '["\127"]', '["\\x41"]', '["\\v"]',
  '["\\z"]',
  '["\\q"]', '["\\\'"]', '["\\ud83d\\ude00"]', '{"a"}', "{1}", '{"a":1,"b"}', '{"a":}', "[1", "[", '{"a"', "[1 2]",
  "1x",
}

for _, text in ipairs(STRICT) do
  case("strict " .. shown(text), function(json) return json.decode(text, json.decode.strict) end)
  case("true " .. shown(text), function(json) return json.decode(text, true) end)
end

for _, text in ipairs({ "null", "undefined", "[null]", "[null,1]", "[1,null]", "[1,null,3]", "[null,2,null]",
"[[null]]",
  '{"a":null}', "{a:1}", "[1,]", "{null:null}", "[1,2,3,null]" }) do
  case("simple " .. text, function(json) return json.decode(text, json.decode.simple) end)
end

local OPTIONS = {
  { "1", { initialObject = true } }, { "[1]", { initialObject = true } }, { "[NaN]", { number = { nan = false } } },
  { "[-Infinity]", { number = { inf = false } } }, { "[0x1F]", { number = { hex = true } } },
  { "[-0x1]", { number = { hex = true } } },
  { "[1.5]", { number = { frac = false } } }, { "[1.5e5]", { number = { exp = false } } },
  { "[1e5]", { number = { exp = false } } },
  { "[null]", { others = { null = 7 } } }, { "[null]", { others = { null = false } } }, { "[null]", { null = 7 } },
  { "[undefined]", { others = { undefined = 9 } } }, { "[undefined]", { others = { allowUndefined = false } } },
  { "[1,]", { array = { trailingComma = false } } }, { "[]", { array = { trailingComma = false } } },
  { "{a:1,}", { object = { trailingComma = false } } }, { "{}", { object = { trailingComma = false } } },
  { "{a:1}", { object = { identifier = false } } }, { "{1:1}", { object = { number = false } } },
  { '{"a":1}', { object = { setObjectKey = function(t, k, v) t[k .. "!"] = v end } } },
  { "[1,,2]", { array = { allowEmptyElement = true } } }, { "[,]", { array = { allowEmptyElement = true } } },
  { "[,1]", { array = { allowEmptyElement = true } } }, { "[1,,]", { array = { allowEmptyElement = true } } },
  { "[1,]", { array = { allowEmptyElement = true, trailingComma = false } } },
  { "[1,,2]", { array = { allowEmptyElement = true }, others = { allowUndefined = false } } },
  { "{a:,b:}", { object = { allowEmptyElement = true } } }, { "{a:1,,b:2}", { object = { allowEmptyElement = true } } },
  { "['a']", { strings = { strict_quotes = true } } }, { '["a\nb"]', { strings = { badChars = "\n" } } },
  { '["-"]', { strings = { badChars = "a-z" } } }, { '["m"]', { strings = { badChars = "a-z" } } },
  { '["5"]', { strings = { badChars = "%d" } } }, { '["]"]', { strings = { badChars = "^]" } } },
  { '["\\u41e9"]', { strings = { decodeUnicode = function(high, low) return low .. high end } } },
  { "\194\1601", { unicodeWhitespace = false } }, { "[1]", { unknown = 1 } }, { "[null]", { object = {} } },
}

for index, option in ipairs(OPTIONS) do
  case("option " .. index .. " " .. shown(option[1]), function(json) return json.decode(option[1], option[2]) end)
end

local function without_place(value, message)
  return value, message and string.gsub(message, "^[^\n]-%.lua:%d+: ", "")
end

for _, text in ipairs({ "1x", "1", "[1", '"\\q"', "[1 2]" }) do
  case("nothrow " .. text, function(json) return without_place(json.decode(text, { nothrow = true })) end)
end

case("decode a number", function(json) return json.decode(5) end)
case("decode with false", function(json) return json.decode("null", false) end)
case("decode.decode", function(json) return json.decode.decode("[null]") end)
case("getDecoder", function(json) return json.decode.getDecoder()("[1]"),
json.decode.getDecoder(json.decode.simple)("null") end)
case("getDecoder strict", function(json) return json.decode.getDecoder(true)("1") end)
case("setObjectKeyForceNumber", function(json)
  return json.decode('{"1":2,"a":3}', { object = { setObjectKey = json.decode.util.setObjectKeyForceNumber } })
end)
case("deep", function(json)
  return type(json.decode(string.rep("[", 20000) .. string.rep("]", 20000)))
end)

local function marked(value, mark)
  return setmetatable(value, { __is_luajson_array = mark })
end

local cycle = {}
cycle[1] = cycle
local shared = {}
local function to(length)
  local array = {}
  for index = 1, length do
    array[index] = index
  end
  return array
end

local ENCODE = {
  { "nil", nil }, { "true", true }, { "false", false }, { "1", 1 }, { "1.0", 1.0 }, { "-0.0", -0.0 }, { "1.5", 1.5 },
  { "numbers", { 0.1, 1e14, 1e15, 1e16, 2 ^ 53, 1e100, 1e300, 1 / 3, 123456.789e3, -1e-7, 9007199254740993 } },
  { "nan and inf", { 0 / 0, 1 / 0, -1 / 0 } }, { "nan", { 0 / 0 } }, { "inf", { 1 / 0 } },
  { "string", "a/b \"\\\b\f\n\r\t\v\0\1\31\127\128\255'" }, { "utf-8", "\195\169\226\128\168" },
  { "empty", {} }, { "array", { 1, "2", true } }, { "floats", { 1.5, 2.0 } }, { "hole", { 1, nil, 3 } },
  { "hole first", { nil, 2 } },
  { "1 and 3", { [3] = 3 } }, { "2", { [2] = 1 } }, { "key 1.5", { [1.5] = 1 } }, { "key 0", { [0] = 1 } },
  { "key -1", { [-1] = 1 } },
  { "key inf", { [1 / 0] = 1 } }, { "key true", { [true] = 1 } }, { "key table", { [{}] = 1 } },
  { "key function", { [print] = 1 } },
  { "key bytes", { ["\0\"/\255"] = 1 } }, { "n 0", { n = 0 } }, { "n 3", { n = 3 } }, { "1 n 3", { 1, n = 3 } },
  { "n 2", { 1, 2, n = 2 } },
  { "n 1", { 1, 2, n = 1 } }, { "n 2 and a", { 1, 2, n = 2, a = 1 } }, { "n -1", { n = -1 } }, { "n x", { n = "x" } },
  { "marked", marked({}, true) }, { "marked false", marked({ 1 }, false) },
  { "marked with a", marked({ a = 1 }, true) },
  { "marked n 2", marked({ n = 2 }, true) }, { "function", print }, { "function inside", { a = { print } } },
  { "thread", coroutine.create(function() end) }, { "cycle", cycle }, { "shared", { shared, shared } },
  { "__tojson", setmetatable({ 1 }, { __tojson = function() return "x" end }) },
  { "__pairs", setmetatable({}, { __pairs = function() return next, { z = 1 } end }) },
  { "__index", setmetatable({}, { __index = { 1, 2 } }) }, { "__len", setmetatable({},
  { __len = function() return 2 end }) },
  { "long", to(300) },
}

for _, item in ipairs(ENCODE) do
  case("encode " .. item[1], function(json) return json.encode(item[2]) end)
  case("encode strict " .. item[1], function(json) return json.encode(item[2], json.encode.strict) end)
end

local function pass() end
local sentinel = {}
local ENCODE_OPTIONS = {
  { "\1\195\169\127", { strings = { xEncode = true } } }, { "a/b", { strings = { encodeSet = '"\\' } } },
  { "a/b", { strings = { encodeSetAppend = "b" } } }, { "\200", { strings = { encodeSetAppend = "\128-\255" } } },
  { "\200", { strings = { encodeSetAppend = "\128-\255", xEncode = true } } },
  { "a/x", { strings = { processor = function(text) return text .. "/" end } } },
  { { 1, 2 }, { preProcess = function(value) if value == 1 then return "one" end end } },
  { { a = 1 }, { preProcess = function(value, is_key) if is_key then return "key " .. value end end } },
  { { "a" }, { preProcess = function(value) if value == "a" then return false end end } },
  { nil, { preProcess = function() return 5 end } },
  { { coroutine.create(pass) }, { preProcess = function(value) if type(value) == "thread" then return "T" end end } },
  { {}, { array = { isArray = function() return true end } } }, { { a = 1 },
  { array = { isArray = function() return true end } } },
  { { 1 }, { array = { isArray = function() return false end } } }, { {}, { array = { isArray = pass } } },
  { { 1, x = 1 }, { array = { isArray = pass } } }, { { 1 }, { array = { isArray = pass } } },
  { 1, { initialObject = true } }, { {}, { initialObject = true } }, { { 0 / 0 }, { number = { nan = false } } },
  { { 1 / 0 }, { number = { inf = false } } }, { { sentinel }, { others = { null = sentinel } } },
  { { sentinel }, { null = sentinel } }, { { "N" }, { others = { null = "N" } } }, { { pass },
  { others = { null = pass } } },
  { { sentinel }, { others = { undefined = sentinel } } }, { 5, { others = { null = 5 } } },
  { print, { nothrow = true } },
}

for index, option in ipairs(ENCODE_OPTIONS) do
  case("encode option " .. index, function(json) return json.encode(option[1], option[2]) end)
end

case("encode null", function(json) return json.encode({ json.util.null, { a = json.util.null } }) end)
case("encode undefined", function(json) return json.encode({ json.util.undefined }) end)
case("encode undefined strict", function(json) return json.encode({ json.util.undefined }, json.encode.strict) end)
case("encode undefined refused", function(json)
  return json.encode({ json.util.undefined }, { others = { allowUndefined = false } })
end)
case("encode nothing", function(json) return json.encode() end)
case("encode false options", function(json) return json.encode({ 1 }, false) end)
case("encode.encode", function(json) return json.encode.encode({ 1 }) end)
case("getEncoder", function(json) return json.encode.getEncoder()({ 1 }),
json.encode.getEncoder(json.encode.strict)({}) end)
case("decoded arrays stay arrays", function(json) return json.encode(json.decode('[[],{"a":[]},[null]]')) end)
case("simple arrays keep their length", function(json) return json.encode(json.decode("[1,null,3,null]",
json.decode.simple)) end)
case("InitArray", function(json)
  local array = { 1, nil, 3 }
  return json.util.InitArray(array) == array, json.encode(array), json.encode(json.util.InitArray({}))
end)
case("IsArray", function(json)
  local is = json.util.IsArray
  return (is({})), (is({ 1 })), (is({ n = 0 })), (is(1)), (is({ a = 1 })), (is(json.util.InitArray({}))), (is(nil))
end)
case("merge", function(json) return json.util.merge({ a = 1, b = { c = 1 } }, { b = 2 }, nil, { a = 3 }) end)
case("clone", function(json) return json.util.clone({ a = 1 }) end)
case("null", function(json) return json.null, type(json.util.null), json.util.null() == json.util.null,
json.util.undefined() end)
case("names", function(json) return json._VERSION, json._DESCRIPTION end)

return cases
