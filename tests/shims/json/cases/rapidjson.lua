-- What lua-rapidjson is documented to answer. It is in no Debian package, so each case says what it
-- gives, in the words of run.lua: from the project's README, API.md and tests; numbers and faults
-- are what RapidJSON 1.1 itself answers to the same bytes.
local cases = {}

local function decodes(text, answer)
  cases[#cases + 1] = { "decode " .. #cases, function(json) return json.decode(text) end, answer }
end

local function encodes(value, answer, options)
  cases[#cases + 1] = { "encode " .. #cases, function(json)
    if type(value) == "function" then
      return json.encode(value(json), options)
    end
    return json.encode(value, options)
  end, answer }
end

local function case(name, f, answer)
  cases[#cases + 1] = { name, f, answer }
end

local function fault(text, message)
  decodes(text, 'gives nil, "' .. string.gsub(message, "\\", "\\092") .. '"')
end

-- Values
decodes("null", "gives null")
decodes("[true,false,null]", "gives array {[1]=true, [2]=false, [3]=null}")
decodes('{"a":{"b":[]}}', 'gives object {["a"]=object {["b"]=array {}}}')
decodes('"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\"',
  'gives "\\195\\169\\240\\159\\152\\128/\\008\\012\\010\\013\\009\\034\\092"')
decodes('"\127\255"', 'gives "\\127\\255"')
decodes(" \t\r\n1 ", "gives 1")
decodes("[1]\0[2]", "gives array {[1]=1}")

-- Numbers: integers where 64 bits can hold them
decodes("1", "gives 1")
decodes("-0", "gives 0")
decodes("1.0", "gives float 1")
decodes("1e3", "gives float 1000")
decodes("9223372036854775807", "gives 9223372036854775807")
decodes("9223372036854775808", "gives float 9.2233720368547758e+18")
decodes("-9223372036854775808", "gives -9223372036854775808")

-- Faults, each with RapidJSON's message and the offset in bytes
fault("", "The document is empty. (0)")
fault("  ", "The document is empty. (2)")
fault("{}10", "The document root must not be followed by other values. (2)")
fault("01", "The document root must not be followed by other values. (1)")
fault("nullx", "The document root must not be followed by other values. (4)")
fault('{"a":b}', "Invalid value. (5)")
fault("[1,]", "Invalid value. (3)")
fault("nul", "Invalid value. (3)")
fault("+1", "Invalid value. (0)")
fault("-", "Invalid value. (1)")
fault("// c\n1", "Invalid value. (0)")
fault("{12}", "Missing a name for object member. (1)")
fault('{"a":1,}', "Missing a name for object member. (7)")
fault('{"a",}', "Missing a colon after a name of object member. (4)")
fault('{"a":[] "b":[]}', "Missing a comma or '}' after an object member. (8)")
fault("[{}{}]", "Missing a comma or ']' after an array element. (3)")
fault("[1", "Missing a comma or ']' after an array element. (2)")
fault('["\\uke"]', "Incorrect hex digit after \\u escape in string. (2)")
fault('["\\p"]', "Invalid escape character in string. (2)")
fault('"a\nb"', "Invalid escape character in string. (2)")
fault('["a]', "Missing a closing quotation mark in string. (4)")
fault('"\\ud800"', "The surrogate pair in string is invalid. (1)")
fault('"\\ud800\\u0041"', "The surrogate pair in string is invalid. (1)")
fault("[999999999999999999e9999999999999999999]", "Number too big to be stored in double. (1)")
fault("[0.,]", "Miss fraction part in number. (3)")
fault("[1.2e,]", "Miss exponent in number. (5)")
case("decode a number", function(json) return json.decode(12) end, "gives 12")
case("decode a table", function(json) local value = json.decode({}) return value end,
  "fails \"bad argument #1 to 'decode' (string expected, got table)\"")

-- Values
encodes("very funny", 'gives "\\034very funny\\034"')
encodes(nil, 'gives "null"')
encodes(true, 'gives "true"')
encodes(function(json) return { json.null, { a = json.null } } end, 'gives "[null,{\\034a\\034:null}]"')
encodes({ '"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\1\31\127" },
  'gives "[\\034\\092\\034\\034,\\034\\092\\092\\034,\\034/\\034,\\034\\092b\\034,\\034\\092f\\034,\\034\\092n\\034,'
    .. '\\034\\092r\\034,\\034\\092t\\034,\\034\\092u0001\\092u001F\\127\\034]"')
encodes("\195\169\255", 'gives "\\034\\195\\169\\255\\034"')

-- Numbers. Before Lua 5.3 there are no integers, so those without a fraction are written as such.
local integers = math.type ~= nil
encodes({ 0, -1, 2147483647, -2147483648 }, 'gives "[0,-1,2147483647,-2147483648]"')
encodes(7.0, integers and 'gives "7.0"' or 'gives "7"')
encodes(2 ^ 53, integers and 'gives "9007199254740992.0"' or 'gives "9007199254740992"')
encodes({ 2.1, 12.34, -0.001, 1 / 3 }, 'gives "[2.1,12.34,-0.001,0.3333333333333333]"')
encodes({ 1e20, 1e21, 2.3456789012e76, 1e300 }, 'gives "[100000000000000000000.0,1e21,2.3456789012e76,1e300]"')
encodes({ 1e-5, 1e-6, 1e-7, 1.5e-7, 5e-324 }, 'gives "[0.00001,0.000001,1e-7,1.5e-7,5e-324]"')
encodes(0 / 0, 'fails "error while encode double value."')
encodes({ 1 / 0 }, 'fails "error while encode double value."')

-- Arrays and objects
encodes({}, 'gives "{}"')
encodes({}, 'gives "[]"', { empty_table_as_array = true })
encodes({ a = {} }, 'gives "{\\034a\\034:[]}"', { empty_table_as_array = true })
encodes(setmetatable({}, { __jsontype = "object" }), 'gives "{}"', { empty_table_as_array = true })
encodes(setmetatable({}, { __jsontype = "array" }), 'gives "[]"')
encodes(function(json) return { json.object(), json.array() } end, 'gives "[{},[]]"')
encodes({ 1, 2.1, "3", true }, 'gives "[1,2.1,\\0343\\034,true]"')
encodes({ 1, a = 2 }, 'gives "[1]"')
encodes({ a = 1, [2.5] = 2, [true] = 3 }, 'gives "{\\034a\\034:1}"')
encodes({ Z = 1, a = 1, z = 1, A = 1 }, 'gives "{\\034A\\034:1,\\034Z\\034:1,\\034a\\034:1,\\034z\\034:1}"', { sort_keys = true })
encodes({ a = { { b = { 1.1, 2.2 } }, {} } },
  'gives "{\\010    \\034a\\034: [\\010        {\\010            \\034b\\034: [\\010                1.1,'
    .. '\\010                2.2\\010            ]\\010        },\\010        {}\\010    ]\\010}"', { pretty = true })
encodes({ b = { c = { e = {} } } }, 'fails "nested too depth"', { max_depth = 2 })
encodes(function()
  local cycle = {}
  cycle[1] = cycle
  return cycle
end, 'fails "nested too depth"')
encodes(function() return print end, 'fails "value type : function"')
encodes({ coroutine.create(function() end) }, 'fails "value type : thread"')
case("encode with a wrong option", function(json) return pcall(json.encode, 1, 5) == false end, "gives true")

-- object and array
case("marks share a metatable", function(json)
  local mark = getmetatable(json.array())
  return mark == getmetatable(json.array()), mark == getmetatable(json.decode("[]")), mark.__jsontype
end, 'gives true, true, "array"')
case("a metatable is kept", function(json)
  local meta = {}
  local value = setmetatable({ 1 }, meta)
  return json.object(value) == value, getmetatable(value) == meta, meta.__jsontype, json.encode(value)
end, 'gives true, true, "object", "{}"')
case("array of a string", function(json) local value = json.array("x") return value end,
  "fails \"bad argument #1 to 'array' (optional table excepted)\"")
case("null", function(json) return type(json.null), json.null() == json.null end, 'gives "function", true')
case("names", function(json) return json._NAME end, 'gives "rapidjson"')

-- Not offered
for _, name in ipairs({ "load", "dump" }) do
  case(name, function(json) json[name]("file.json") end,
    'fails "luahost: rapidjson.' .. name .. ' is not offered: scripts have no files"')
end
case("Document", function(json) json.Document("{}") end,
  'fails "luahost: rapidjson.Document is not offered: use decode and tables"')
for _, name in ipairs({ "SchemaDocument", "SchemaValidator" }) do
  case(name, function(json) json[name]("{}") end,
    'fails "luahost: rapidjson.' .. name .. ' is not offered: there are no schemas"')
end

return cases
