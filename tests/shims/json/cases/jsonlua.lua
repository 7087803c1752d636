-- What Jeffrey Friedl's JSON.lua is documented to answer. It is in no Debian package, so each case
-- says what it gives, in the words of run.lua: from the documentation at the head of the module and
-- its version history.
local cases = {}

local function case(name, f, answer)
  cases[#cases + 1] = { name, f, answer }
end

local function decodes(text, answer)
  case("decode " .. #cases, function(json) return json:decode(text) end, answer)
end

local function fault(text, message)
  decodes(text, 'fails "' .. string.gsub(message, '"', "\\034") .. '"')
end

local function encodes(value, answer, options)
  case("encode " .. #cases, function(json) return json:encode(value, nil, options) end, answer)
end

-- Values
decodes('{ "what": "books", "count": 3 }', 'gives {["count"]=3, ["what"]="books"}')
decodes('[ "Larry", "Curly", "Moe" ]', 'gives {[1]="Larry", [2]="Curly", [3]="Moe"}')
decodes('["1",null,"seven"]', 'gives {[1]="1", [3]="seven"}')
decodes("null", "gives nil")
decodes("", "gives nil")
decodes(" \n", "gives nil")
decodes("true", "gives true")
decodes("1.0", math.type and "gives float 1" or "gives number 1")
decodes('"\\u00e9\\ud83d\\ude00\\n\\/\\q"', 'gives "\\195\\169\\240\\159\\152\\128\\010/q"')
decodes('"\\ud83d"', 'gives "?"')
decodes('"a\nb"', 'gives "a\\010b"')

-- Faults
case("decode nil", function(json) return json:decode(nil) end, 'fails "nil passed to JSON:decode()"')
case("decode a number", function(json) return json:decode(5) end, 'fails "expected string argument to JSON:decode(), got number"')
fault("<html>", "html passed to JSON:decode(): <html>")
case("decode UTF-16", function(json) return json:decode("[\0]\0") end,
  'fails "JSON package groks only UTF-8, sorry: [\\000]\\000"')
fault("[123]xyzzy", "trailing garbage at byte 6 of: [123]xyzzy")
fault("x", "can't parse JSON at byte 1 of: x")
fault("[1,]", "can't parse JSON at byte 4 of: [1,]")
fault("[1 2]", "expected comma or ']' at byte 4 of: [1 2]")
fault("[1", "expected comma or ']' at byte 3 of: [1")
fault("[1,", "unclosed '[' at byte 1 of: [1,")
fault('{"a":1 "b"}', "expected comma or '}' at byte 8 of: {\"a\":1 \"b\"}")
fault('{"a" 1}', "expected colon at byte 6 of: {\"a\" 1}")
fault('{"a":', "unexpected end of string: {\"a\":")
fault("{a:1}", "expected string's opening quote at byte 2 of: {a:1}")
fault('{"a":1,}', "expected string's opening quote at byte 8 of: {\"a\":1,}")
fault("{", "unclosed '{' at byte 1 of: {")
fault('["abc', "unclosed string at byte 2 of: [\"abc")
fault("[-]", "expected number at byte 2 of: [-]")
case("etc is told", function(json) return json:decode("x", { photo = 1 }) end,
  "fails \"can't parse JSON at byte 1 of: x ({\\034photo\\034:1})\"")
case("called with a dot", function(json) return json.decode("[]") end, 'fails "JSON:decode must be called in method format"')

-- Handlers of the script's own
case("own onDecodeError", function(json)
  json = json:new()
  local heard
  function json:onDecodeError(message, text, location, etc) heard = { message, text, location, etc } end
  local value = json:decode("[x", "note")
  return value, heard
end, "gives nil, {[1]=\"can't parse JSON\", [2]=\"[x\", [3]=2, [4]=\"note\"}")
case("own onTrailingGarbage", function(json)
  json = json:new()
  function json:onTrailingGarbage(_, location, value) return value, location end
  return json:decode("[1] x")
end, "gives {[1]=1}, 5")
case("own onDecodeOfHTMLError", function(json)
  json = json:new()
  function json:onDecodeOfHTMLError() error("a web page", 0) end
  return json:decode("<html>")
end, 'fails "a web page"')
case("own assert", function(json)
  json = json:new()
  function json.assert(_, message) error("mine: " .. message, 0) end
  return json:encode(print)
end, "fails \"mine: can't convert function to JSON\"")
case("own onEncodeError", function(json)
  json = json:new()
  function json:onEncodeError(message) error("own " .. message, 0) end
  return json:encode({ print })
end, "fails \"own can't convert function to JSON\"")

-- Numbers with many digits
local LARGE = '{"small":12345,"big":12345678901234567890123456789,"precise":9876.67890123456789012345}'
case("numbers as objects", function(json)
  json = json:new({ decodeNumbersAsObjects = true })
  local value = json:decode(LARGE)
  return type(value.big), tostring(value.big), value.small + 1 == 12346, "" .. value.precise, json:encode(value)
end, 'gives "table", "12345678901234567890123456789", true, "9876.67890123456789012345", '
  .. '"{\\034big\\034:12345678901234567890123456789,\\034precise\\034:9876.67890123456789012345,\\034small\\034:12345}"')
case("long numbers as strings", function(json)
  json = json:new({ decodeIntegerStringificationLength = 10, decodeDecimalStringificationLength = 5 })
  local value = json:decode(LARGE)
  return type(value.small), value.big, value.precise
end, 'gives "number", "12345678901234567890123456789", "9876.67890123456789012345"')
case("long integers as objects", function(json)
  local value = json:decode(LARGE, nil, { decodeIntegerObjectificationLength = 10 })
  return type(value.small), json:isNumber(value.big), json:forceString(value.big), type(value.precise)
end, 'gives "number", true, "12345678901234567890123456789", "number"')
case("asNumber", function(json)
  local number = json:asNumber("1.50")
  return json:encode({ number }), number * 2 == 3, json:forceNumber(number), json:isString("x"), json:isString(number)
end, 'gives "[1.50]", true, ' .. (math.type and "float" or "number") .. " 1.5, true, false")
case("null in decoding", function(json) return json:decode("[null,1]", nil, { null = "NULL" }) end, 'gives {[1]="NULL", [2]=1}')

-- Encoding
local integers = math.type ~= nil
encodes(nil, 'gives "null"')
encodes({ true, false }, 'gives "[true,false]"')
encodes(7.0, integers and 'gives "7.0"' or 'gives "7"')
encodes({ 1, 1.5, 1e15 }, 'gives "[1,1.5,1e+15]"')
encodes({ 0 / 0, 1 / 0, -1 / 0 }, 'gives "[null,1e+9999,-1e+9999]"')
encodes("a/b \"\\\n\1\127\195\169", 'gives "\\034a/b \\092\\034\\092\\092\\092n\\092u0001\\127\\195\\169\\034"')
encodes("\226\128\168", 'gives "\\034\\092u2028\\034"', { stringsAreUtf8 = true })
encodes({}, 'gives "[]"')
encodes({ "one", "two", [10] = "ten" },
  'gives "[\\034one\\034,\\034two\\034,null,null,null,null,null,null,null,\\034ten\\034]"')
encodes({ "one", SOMESTRING = "x" }, 'gives "{\\034SOMESTRING\\034:\\034x\\034,\\0341\\034:\\034one\\034}"')
encodes({ [0] = "a" }, 'gives "{\\0340\\034:\\034a\\034}"')
encodes({ [true] = 1 }, 'gives "{\\034true\\034:1}"')
encodes({ b = 1, a = 2, c = 3 }, 'gives "{\\034a\\034:2,\\034b\\034:1,\\034c\\034:3}"')
encodes({ username = "admin", password = "xyzzy" },
  'gives "{\\034password\\034:null,\\034username\\034:\\034admin\\034}"', { null = "xyzzy" })
encodes(print, "fails \"can't convert function to JSON\"")
encodes({ [{}] = 1 }, "fails \"can't encode table with a key of type table\"")
encodes({ 1, ["1"] = 1 },
  'fails "conflict converting table with mixed-type keys into a JSON object: key 1 exists both as a string and '
    .. 'a number."')
encodes({}, 'fails "luahost: JSON:encode does not offer the option array_newline"', { array_newline = true })
case("noKeyConversion", function(json) return json:new({ noKeyConversion = true }):encode({ 1, a = 1 }) end,
  'fails "a table with both numeric and string keys could be an object or array; aborting"')
case("cycle", function(json)
  local cycle = {}
  cycle.a = cycle
  return string.find(select(2, pcall(json.encode, json, cycle)), "is a child of itself", 1, true) ~= nil
end, "gives true")
case("unsupportedTypeEncoder", function(json)
  json = json:new()
  function json:unsupportedTypeEncoder(value) return '"a ' .. type(value) .. '"' end
  return json:encode({ print })
end, 'gives "[\\034a function\\034]"')
case("newArray and newObject", function(json)
  return json:encode({ json:newArray(), json:newObject() })
end, 'gives "[[],{}]"')
case("strictTypes", function(json)
  json = json:new({ strictTypes = true })
  return json:encode(json:decode("[[],{}]"))
end, 'gives "[[],{}]"')

-- The three pretty examples of the documentation
local CITY = { city = "Kyoto", climate = { avg_temp = 16, humidity = "high", snowfall = "minimal" }, wards = 11 }
case("encode_pretty", function(json) return "\n" .. json:encode_pretty(CITY) == [[

{
  "city": "Kyoto",
  "climate": {
    "avg_temp": 16,
    "humidity": "high",
    "snowfall": "minimal"
  },
  "wards": 11
}]] end, "gives true")
case("own indent", function(json) return "\n" .. json:encode_pretty(CITY, nil, { pretty = true, indent = "|    " }) == [[

{
|    "city": "Kyoto",
|    "climate": {
|    |    "avg_temp": 16,
|    |    "humidity": "high",
|    |    "snowfall": "minimal"
|    },
|    "wards": 11
}]] end, "gives true")
case("align_keys", function(json)
  return "\n" .. json:encode_pretty(CITY, nil, { pretty = true, indent = "  ", align_keys = true }) == [[

{
     "city": "Kyoto",
  "climate": {
               "avg_temp": 16,
               "humidity": "high",
               "snowfall": "minimal"
             },
    "wards": 11
}]]
end, "gives true")
case("pretty array", function(json) return json:encode_pretty({ 1, { 2 } }) end, 'gives "[ 1, [ 2 ] ]"')
case("names", function(json) return tostring(json), json.VERSION end, 'gives "JSON encode/decode package", "20170927.26"')

return cases
