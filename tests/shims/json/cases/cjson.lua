-- What lua-cjson is asked. Its errors name the script's line, so places count.
local cases = { keep_places = true }

local function case(name, f)
  cases[#cases + 1] = { name, f }
end

local function shown(text)
  return (string.gsub(text, "[%c\127-\255]", function(char) return string.format("\\%d", string.byte(char)) end))
end

local DECODE = {
  -- numbers
  "1", "1.0", "1e3", "-0", "0", "00", "-00", "01", "-01", "1.", ".5", "-.5", "-", "+1", "+0x10", "+.5", "+inf", "+",
  "+-1", "+a", "1e", "1e+", "1e5x", "1.5.5",
  "1E+2", "1e-400", "1e999",
  "1e99999999999999999999", "-1e-99999999999999999999", "0e99999999999999999999",
  "12345678901234567890123", "9007199254740993", "9223372036854775807", "0x10", "-0x10",
  "0x1p4", "0x1.8p1", "0x.8", "0x", "0xg", "0x1p", "0xffffffffffffffffffff", "1_000", "- 1", "--1",
  "nan", "NaN", "-nan", "nan(12)", "nan(", "nanx", "inf", "INF", "-inf", "Infinity", "infinit", "-infinity", "-n", "-i",
  -- words
  "true", "false", "null", "tru", "nul", "nil", "n", "i", "true1", "nullx", "nulltrue", "falsey", "TRUE",
  -- strings
  '"a"', '"a\nb"', '"\31"', '"\\u0041"', '"\\u00e9"', '"\\u0000"', '"\\u07ff"', '"\\u0800"', '"\\ud83d\\ude00"',
  '"\\uDBFF\\uDFFF"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"\\a"', '"\\v"', '"\\x41"', "'a'", '"\\uD800"', '"\\ud800x"',
  '"\\uD800\\u0041"', '"\\udc00"', '"\\u00g0"', '"\\u 123"', '"\\u12"', '"\\', '"\\u', '"\\u00', '"abc', '"',
  '"\255\128"',
  -- arrays and objects
  "[]", "{}", "[ ]", "{ }", "[1,2]", "[[],{}]", "[null]", "[null,1]", '{"a":null}', '{"":1}', '{"a":1,"a":2}',
  '{"a":{"b":[1,{"c":true}]}}', " [ 1 , 2 ] ", '\t{\n"a"\r:1}',
  -- what is wrong with them
  "", "  ", "[", "{", "]", "}", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[}", "{]", "[1}", '{"a":1]', "[1]]",
  "{}}",
  "[:]", "[1:2]", "[#]", "#", "\\", "{,}", "{1:2}", "{a:1}", "{true:1}", '{"a"', '{"a" 1}', '{"a":', '{"a":}', '{"a":1',
  '{"a":1,', '{"a":1,}', '{"a":1 "b":2}', '{"a":1,2}', '{"a":1,"b"}', '[1 "abc', '[1 "a\\x', '{"a" "b', '"a""b"', "1 2",
  "[true false]", "[1]x", "\239\187\1911", "\127", "\200", "\f1", "\v1", "[\f1]", "/* c */ 1",
  -- NUL ends the text
  "\0", "\0\0", "[\0", "1\0", "[1\0]", "[1]\0junk", '"a\0b"',
}

for _, text in ipairs(DECODE) do
  case("decode " .. shown(text), function(json) local value = json.decode(text) return value end)
end

for _, text in ipairs({ "0x10", "-0x10", "nan", "inf", "-inf", "-nan", "01", "-01", "0", "-0", "00", "0.5", "-0.5",
"1.",
  "1e999", "infinity", "-", "NaN", "+1", "0e5", "0x", "n", "i", "-.5", "null", "-1" }) do
  case("decode_invalid_numbers(false) decode [" .. text .. "]", function(json)
    json = json.new()
    json.decode_invalid_numbers(false)
    local value = json.decode("[" .. text .. "]")
    return value
  end)
end

case("decode a number", function(json) return json.decode(12.5) end)
case("decode a table", function(json) local value = json.decode({}) return value end)
case("decode nothing", function(json) local value = json.decode() return value end)
case("decode two", function(json) local value = json.decode("1", "2") return value end)
case("decode at the limit", function(json)
  local value = json.decode(string.rep("[", 1000) .. string.rep("]", 1000))
  return type(value)
end)
case("decode too deep", function(json) local value = json.decode(string.rep("[", 1001)) return value end)
case("decode objects too deep", function(json) local value = json.decode(string.rep('{"a":', 1001)) return value end)
case("decode_max_depth", function(json)
  json = json.new()
  json.decode_max_depth(2)
  local value = json.decode('{"a":[[]]}')
  return value
end)

local function nested(depth)
  local value = {}
  for _ = 2, depth do
    value = { value }
  end
  return value
end

local cycle = {}
cycle[1] = cycle

-- Functions, as nil cannot stand in a table of values.
local ENCODE = {
  { "nil", function() return nil end },
  { "booleans", function() return { true, false } end },
  { "integer", function() return 1 end },
  { "float", function() return 1.0 end },
  { "minus zero", function() return -0.0 end },
  { "fractions", function() return { 1.5, 0.1, 1 / 3, 123.456e-7 } end },
  { "large", function() return { 2 ^ 53, 1e14, 1e15, 1e16, 1e100, 1e300, 4294967295, 123456789012345 } end },
  { "string", function() return "a/b \"\\\b\f\n\r\t\v\0\1\31\127\128\255'" end },
  { "utf-8", function() return "\195\169\226\128\168" end },
  { "empty", function() return {} end },
  { "empties", function() return { {}, { {} } } end },
  { "array", function() return { 1, "2", true } end },
  { "hole", function() return { 1, nil, 3 } end },
  { "hole first", function() return { [2] = 1 } end },
  { "10", function() return { [10] = 1 } end },
  { "11", function() return { [11] = 1 } end },
  { "1 and 11", function() return { [1] = 1, [11] = 2 } end },
  { "2^31-1", function() return { [2 ^ 31 - 1] = 1 } end },
  { "2^31", function() return { [2 ^ 31] = 1 } end },
  { "2^60", function() return { [2 ^ 60] = 1 } end },
  { "key 0", function() return { [0] = 1 } end },
  { "key -1", function() return { [-1] = 1 } end },
  { "key 1.5", function() return { [1.5] = 1 } end },
  { "key inf", function() return { [1 / 0] = 1 } end },
  { "key true", function() return { [true] = 1 } end },
  { "key table", function() return { [{}] = 1 } end },
  { "key with bytes", function() return { ["a\0/\255"] = 1 } end },
  { "function", function() return print end },
  { "function inside", function() return { a = { print } } end },
  { "thread", function() return coroutine.create(function() end) end },
  { "nan", function() return 0 / 0 end },
  { "the other nan", function() return -(0 / 0) end },
  { "inf", function() return { 1 / 0 } end },
  { "metatables", function()
    return { setmetatable({}, { __index = { 1, 2 }, __len = function() return 3 end }),
      setmetatable({}, { __pairs = function() return next, { a = 1 } end }) }
  end },
  { "deep", function() return nested(1000) end },
  { "too deep", function() return nested(1001) end },
  { "cycle", function() return cycle end },
}

for _, item in ipairs(ENCODE) do
  case("encode " .. item[1], function(json) local text = json.encode(item[2]()) return text end)
end

case("encode null", function(json) return json.encode({ json.null, { a = json.null } }) end)
case("encode null alone", function(json) return json.encode(json.null) end)
case("encode nothing", function(json) local text = json.encode() return text end)
case("encode two", function(json) local text = json.encode(1, 2) return text end)

local SETTINGS = { "encode_sparse_array", "encode_max_depth", "decode_max_depth", "encode_number_precision",
  "encode_keep_buffer", "encode_invalid_numbers", "decode_invalid_numbers" }
local VALUES = { 0, 1, 15, -1, 14.5, "5", "x", "null", "on", "off", true, false, {}, 2 ^ 31 }

for _, setting in ipairs(SETTINGS) do
  case(setting .. "()", function(json) return json[setting]() end)
  case(setting .. "(nil)", function(json) return json[setting](nil) end)
  for index, value in ipairs(VALUES) do
    -- Before 5.3 an integer argument loses its fraction without a word.
    local name = value == 14.5 and " fraction" or " value " .. index
    case(setting .. name, function(json)
      json = json.new()
      local before, ratio, safe = json[setting](value)
      return before, ratio, safe, json[setting]()
    end)
  end
  case(setting .. " with five", function(json) local value = json[setting](1, 2, 3, 4, 5) return value end)
end

local function sparse(value, ...)
  local arguments, n = { ... }, select("#", ...)
  return function(json)
    json = json.new()
    local convert, ratio, safe = json.encode_sparse_array((table.unpack or unpack)(arguments, 1, n))
    return convert, ratio, safe, json.encode(value)
  end
end

case("sparse converts", sparse({ [30] = 2 }, true))
case("sparse without ratio", sparse({ [30] = 1 }, false, 0))
case("sparse safe 5", sparse({ [5] = 1 }, true, 3, 5))
case("sparse safe 6", sparse({ [6] = 1 }, true, 3, 5))
case("sparse ratio 3", sparse({ 1, 2, [6] = 1 }, true, 3, 5))
case("sparse nil", sparse({ [6] = 1 }, nil, nil, 3))
case("sparse ratio -1", sparse({}, true, -1))
case("sparse safe -1", sparse({}, true, 1, -1))
case("sparse ratio '2'", sparse({}, true, "2"))
case("sparse ratio x", sparse({}, true, "x"))

case("precision 3", function(json)
  json = json.new()
  json.encode_number_precision(3)
  return json.encode({ 1234567, 0.123456, 1e10 }), json.encode({ [1.23456] = 1 })
end)
case("invalid numbers", function(json)
  json = json.new()
  json.encode_invalid_numbers(true)
  return json.encode({ 1 / 0, -1 / 0 }), json.encode({ [1 / 0] = 1 })
end)
case("invalid numbers null", function(json)
  json = json.new()
  json.encode_invalid_numbers("null")
  return json.encode({ 0 / 0, 1 / 0, -1 / 0 })
end)
case("encode_max_depth", function(json)
  json = json.new()
  json.encode_max_depth(2)
  local text = json.encode({ { a = {} } })
  return text
end)

case("instances are apart", function(json)
  local other = json.new()
  other.encode_number_precision(3)
  return other == json, json.encode_number_precision(), other.encode_number_precision(), other.null == json.null
end)
case("names", function(json) return json._NAME, json._VERSION, type(json.new) end)
case("null is no table", function(json) return type(json.null) == "table", json.null == nil,
getmetatable(json.null) end)
case("null has no fields", function(json)
  return pcall(function() return json.null.a end) == false, pcall(function() json.null.a = 1 end) == false,
    pcall(function() return json.null() end) == false, pcall(function() return #json.null end) == false
end)

return cases
