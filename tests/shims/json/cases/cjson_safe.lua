-- What cjson.safe does differently: encode and decode answer nil and a message.
local cases = { keep_places = true }

local function case(name, f)
  cases[#cases + 1] = { name, f }
end

for index, text in ipairs({ "null", "[1]", "", "1 2", "[1,", '"\\x"', "{1:2}", "\0\0" }) do
  case("decode " .. index, function(json) return json.decode(text) end)
end
case("decode nothing", function(json) local value = json.decode() return value end)
case("decode a table", function(json) local value, message = json.decode({}) return value, message end)
case("encode", function(json) return json.encode({ 1 }) end)
case("encode function", function(json) return json.encode(print) end)
case("encode nan", function(json) return json.encode({ 0 / 0 }) end)
case("encode sparse", function(json) return json.encode({ [20] = 1 }) end)
case("encode nothing", function(json) local text = json.encode() return text end)
case("setting", function(json) local depth = json.encode_max_depth(0) return depth end)
case("new is safe too", function(json) return json.new().decode("x") end)
case("same null", function(json) return json.null == require("cjson").null end)
case("names", function(json) return json._NAME, json._VERSION end)

return cases
