-- What dkjson is asked. Its errors name the script's line, so places count.
local cases = { keep_places = true }

local function case(name, f)
  cases[#cases + 1] = { name, f }
end

local function shown(text)
  return (string.gsub(text, "[%c\127-\255]", function(char) return string.format("\\%d", string.byte(char)) end))
end

local DECODE = {
  -- numbers
  "1", "1.0", "1e3", "-0", "-0.0", "0", "00", "01", "-1", "-01", "+1", ".5", "-.5", "5.", "1E+2", "1e-2", "1.e5",
  "0x10",
  "12345678901234567890", "9007199254740993", "9223372036854775807", "1e999", "1e", "1e+", "1e5e", "-", "--1", "-x",
  "1_",
  "1.5.5", "1..2", "..", "-.", "1-2", "[1-2]", "nan", "-inf", "Infinity",
  -- words
  "true", "false", "null", "tru", "nullx", "truex", "true_", "true-", "true false", "[truefalse]", "[true1]",
  -- strings
  '"a"', "'a'", '"a\nb"', '"\0"', '"\\u0041"', '"\\u00e9"', '"\\u0000"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"',
  '"\\ud83d\\u0041"', '"\\ud800\\u0041\\udc00"', '"\\ud800\\udbff\\udc00"', '"\\uD83D\\uDE0"', '"\\u12"', '"\\uzzzz"',
  '"\\x41"', '"\\q"', '"\\v"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"abc', '"\\', '"\\u', '"\\u00', '"\255\128"', '"',
  '"\\"',
  -- arrays and objects
  "[]", "{}", "[[]]", "[{}]", "[1,2]", "[ 1 , 2 ]", "[null]", "[null,1]", '{"a":null}', '{"a":1,"a":2}',
  '{"a":{"b":[1,{"c":true}]}}', "\v1", "\f1",
  -- what dkjson lets pass
  "", "  ", " 1 ", "1 2", "[1 2]", "[1,]", '["a" "b"]', '{"a":1,}', '{"a":1 "b":2}', '{"a" 1}', '{"a","b":1}',
  "{1:2}", "[1:2]",
  '["a":1]', '[1,"a":2,3]', "{true:1,false:2}", '{"a":1}}', "[1]]", "1\0",
  -- comments and byte order marks
  "/* c */ 1", "1 // c", "[1,/*c*/2]", "// c\n1", "//x\r1\n2", "/**/1", "/*/1", "/* * / */1", "/* c", "//", "/", "[/",
  "[1 /* ", "{1 //", '{"a": //', "\239\187\1911", "[1,\239\187\1912]", "\239\187", "\194\1601",
  -- what it does not
  "[", "{", "]", "}", "[1", '{"a"', '{"a":', '{"a":1', "[,1]", "[1,,2]", "[1,,]", "[ , ]", "{,}", "[}", "{]", "[1}",
  '{"a":1]',
  "{a:1}", "{null:1}", '{"a":1,,}', '{"a":1:2}', "{:1}", '{"a"::1}', "[1;2]", '{"a";1}', "[1i]", "[tru]", "[1.2.3]",
  "\0",
  "[1\n,2\n,x]", "[1\n\n2", '[{"a":1,\n"b":x}]', "[\n[\n{", '\n\n"abc',
}

for _, text in ipairs(DECODE) do
  case("decode " .. shown(text), function(json) return json.decode(text) end)
end

case("decode from a position", function(json) return json.decode("x[1]", 2) end)
case("decode the second", function(json) return json.decode("[1][2]", 4) end)
case("decode from 0", function(json) return json.decode("[1]", 0) end)
case("decode from -1", function(json) return json.decode("[1]", -1) end)
case("decode from behind", function(json) return json.decode("[1]", 10) end)
case("decode from '1'", function(json) return json.decode("[1]", "1") end)
case("decode from 1.0", function(json) return json.decode("[1]", 1.0) end)
case("decode a number", function(json) return json.decode(5) end)
case("null is given", function(json) return json.decode('{"a":null,"b":[null,3,null]}', 1, json.null) end)
case("null is false", function(json) return json.decode("[null,2]", 1, false) end)
case("null as key", function(json) return json.decode("{null:1}", 1, json.null) end)
case("no metatables", function(json) return json.decode('[{}]', 1, nil, nil) end)
case("own metatables", function(json)
  return json.decode('[{}]', 1, nil, { __jsontype = "o" }, { __jsontype = "a" })
end)
case("deep", function(json)
  local value, position, message = json.decode(string.rep("[", 150) .. string.rep("]", 150))
  return type(value), position, message
end)
case("deep and open", function(json) return json.decode(string.rep("[", 100)) end)

local function object(value)
  return setmetatable(value, { __jsontype = "object" })
end

local function custom(...)
  local results, n = { ... }, select("#", ...)
  return setmetatable({ 1 }, { __tojson = function() return (table.unpack or unpack)(results, 1, n) end })
end

local function to(length, extra)
  local array = {}
  for index = 1, length do
    array[index] = index
  end
  array[extra] = 1
  return array
end

local cycle = {}
cycle.again = cycle
local shared = {}

local ENCODE = {
  { "nil", nil }, { "true", true }, { "false", false }, { "1", 1 }, { "1.0", 1.0 }, { "-0.0", -0.0 }, { "1.5", 1.5 },
  { "numbers", { 0.1, 1e14, 1e15, 1e16, 2 ^ 53, 1e100, 1e300, 1 / 3, 123456.789e3, -1e-7, 9007199254740993 } },
  { "nan and inf", { 0 / 0, 1 / 0, -1 / 0 } },
  { "string", "a/b \"\\\b\f\n\r\t\v\0\1\31\127\128\255'" },
  { "escaped", "\194\128\194\159\194\173\216\128\216\132\220\143\225\158\180\225\158\181\226\128\140\226\128\143\226\128\168" },
  { "escaped too", "\226\128\175\226\129\160\226\129\175\239\187\191\239\191\176\239\191\191" },
  { "kept", "\195\169\194\160\194\172\216\133\220\142\225\158\182\226\128\139\226\128\144\226\129\176\239\191\175" },
  { "broken utf-8", "\194\226\128\239\194\194\173\225" },
  { "empty", {} }, { "array", { 1, "2", true } }, { "hole", { [1] = 1, [3] = 3 } }, { "only 2", { [2] = 1 } },
  { "only 10", { [10] = 1 } }, { "only 11", { [11] = 1 } }, { "only 20", { [20] = 1 } }, { "10 and 22", to(10, 22) },
  { "10 and 23", to(10, 23) }, { "11 and 24", to(11, 24) }, { "11 and 25", to(11, 25) },
  { "n 0", { n = 0 } }, { "n 2", { n = 2, 1, 2 } }, { "n 3", { n = 3, 1 } }, { "n 1", { n = 1, 1, 2 } },
  { "n 12", { n = 12 } },
  { "n -1", { n = -1 } }, { "n 2.5", { n = 2.5 } }, { "object n 0", object({ n = 0 }) }, { "n x", object({ n = "x" }) },
  { "key 1.5", { [1.5] = 1 } }, { "key 0", { [0] = 1 } }, { "key -1", { [-1] = 1 } }, { "key inf", { [1 / 0] = 1 } },
  { "key 2^53", { [2 ^ 53] = 1 } }, { "key 2^70", { [2 ^ 70] = 1 } }, { "key 1e300", { [1e300] = 1 } },
  { "key true", { [true] = 1 } }, { "key table", { [{}] = 1 } }, { "key bytes", { ["\0\"/"] = 1 } },
  { "function", print }, { "function inside", { a = { print } } }, { "thread", coroutine.create(function() end) },
  { "object", object({}) }, { "object with items", object({ 1, 2 }) }, { "array with a", setmetatable({ a = 2 },
  { __jsontype = "array" }) },
  { "array metatable", setmetatable({}, { __jsontype = "array" }) },
  { "__pairs", setmetatable({}, { __pairs = function() return next, { z = 1 } end }) },
  { "__index", setmetatable({}, { __index = { 1, 2 } }) }, { "__metatable", setmetatable({ a = 1 },
  { __metatable = "locked" }) },
  { "__jsonorder", setmetatable({ b = 1, a = 2, c = 3 }, { __jsonorder = { "c", "x", "b", "c" } }) },
  { "custom", custom("[custom]") }, { "custom true", { custom(true), 2 } }, { "custom number", custom(5) },
  { "custom nil", { custom(nil) } }, { "custom message", custom(nil, "my words") },
  { "cycle", cycle }, { "shared", { shared, shared } },
}

local STATES = {
  { "", function() return nil end },
  { "indent", function() return { indent = true } end },
  { "indent at 2", function() return { indent = true, level = 2 } end },
  { "encodeexception", function(json) return { exception = json.encodeexception } end },
  { "exception gives", function() return { exception = function(reason, _, _,
  message) return '"' .. reason .. message .. '"' end } end },
  { "exception refuses", function() return { exception = function() return nil, "refused" end } end },
  { "exception nil", function() return { exception = function() return nil end } end },
}

-- No tail call: that would take the case off the stack in dkjson, which is Lua there.
local function given(...)
  return ...
end

for _, item in ipairs(ENCODE) do
  for _, state in ipairs(STATES) do
    case("encode " .. item[1] .. " " .. state[1], function(json) return given(json.encode(item[2], state[2](json))) end)
  end
end

local function nested(depth)
  local value = {}
  for _ = 2, depth do
    value = { value }
  end
  return value
end

case("encode deep", function(json) return json.encode(nested(150)) end)
case("encode null", function(json) return json.encode({ json.null, { a = json.null } }) end)
case("encode nothing", function(json) return json.encode() end)
case("keyorder", function(json) return json.encode({ b = 1, a = 2, c = false }, { keyorder = { "c", "x", "b" } }) end)
case("keyorder twice", function(json) return json.encode({ b = 1, a = 2 }, { keyorder = { "b", "b" } }) end)
case("keyorder with numbers", function(json) return json.encode({ 1, x = 2 }, { keyorder = { "x", 1 } }) end)
case("__jsonorder wins", function(json)
  return json.encode(setmetatable({ b = 1, a = 2 }, { __jsonorder = { "b" } }), { keyorder = { "a" } })
end)
case("indented", function(json)
  return json.encode({ 1, { a = 1 }, object({}), { { { b = {} } } } }, { indent = true })
end)
case("buffer", function(json)
  local state = { buffer = {} }
  local result = json.encode({ 1, { a = 2 } }, state)
  return result, state
end)
case("buffer with text", function(json)
  local state = { buffer = { "a", "b" }, bufferlen = 2 }
  return json.encode({ 1 }, state), state
end)
case("buffer without length", function(json)
  local state = { buffer = { "a", "b", "c", "d" } }
  return json.encode({ 1 }, state), state
end)
case("state is left clean", function(json)
  local state = { indent = true }
  return json.encode({ { 1 } }, state), state
end)
case("state after an error", function(json)
  local state = {}
  return pcall(json.encode, { { print } }, state) == false, state
end)
case("tables", function(json)
  local value = {}
  return json.encode({ value }, { tables = { [value] = true }, exception = function(reason) return reason end })
end)
case("custom writes to the buffer", function(json)
  local value = setmetatable({}, { __tojson = function(_, state)
    state.bufferlen = state.bufferlen + 1
    state.buffer[state.bufferlen] = "Q"
    return true
  end })
  return json.encode({ value, { value } })
end)
case("custom encodes with its state", function(json)
  local value = setmetatable({}, { __tojson = function(_, state) return json.encode({ b = 1 }, state) end })
  return json.encode({ a = value }, { indent = true })
end)
case("exception writes to the buffer", function(json)
  return json.encode({ print, 2 }, { exception = function(_, _, state)
    state.bufferlen = state.bufferlen + 1
    state.buffer[state.bufferlen] = "Z"
    return true
  end })
end)
case("quotestring", function(json) return json.quotestring('a"b\226\128\168'), json.quotestring(5) end)
case("addnewline", function(json)
  local state = { indent = true, buffer = { 1 }, level = 2 }
  return json.addnewline(state), state
end)
case("addnewline without indent", function(json) return json.addnewline({}) end)
case("encodeexception", function(json) return json.encodeexception("r", 1, {}, "words") end)
case("use_lpeg", function(json)
  local copy = json.use_lpeg()
  return copy ~= json, copy.using_lpeg, json.using_lpeg, copy.version, copy.null == json.null, copy.decode("[1,2]")
end)
case("null", function(json) return type(json.null), next(json.null), getmetatable(json.null).__tojson() end)

return cases
