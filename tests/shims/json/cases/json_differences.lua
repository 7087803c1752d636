-- Where luahost's json is not luajson 1.3.4, each with what it answers instead.
local cases = {}

local function case(name, f, answer)
  cases[#cases + 1] = { name, f, answer }
end

-- luajson takes any closing bracket for any other, and builds a broken table.
for _, text in ipairs({ "[1}", '{"a":1]', "[}", "{]" }) do
  local last = #text
  case("decode " .. last .. " unmatched", function(json) return json.decode(text) end,
    string.format('fails "unexpected character @ character: %d 0:%d [%s] line:\\010%s"', last, last, string.sub(text, -1),
      (string.gsub(text, '"', "\\034"))))
end

-- Here luajson's own code fails: "attempt to index a nil value".
for _, text in ipairs({ "1,2", ",", "]", "[1]]" }) do
  local at = string.find(text, text == "1,2" and "," or "[],]$")
  case("decode " .. at .. " outside", function(json) return json.decode(text) end,
    string.format('fails "unexpected character @ character: %d 0:%d [%s] line:\\010%s"', at, at, string.sub(text, at, at),
      string.sub(text, 1, at)))
end

-- The words of Lua in place of those of LPeg and luajson's insides.
case("decode nil", function(json) return json.decode(nil) end, "fails \"bad argument #1 to 'decode' (string expected, got nil)\"")
case("decode with a string", function(json) return json.decode("1", "strict") end,
  "fails \"bad argument #2 to 'decode' (table expected, got string)\"")
case("encode with true", function(json) return json.encode({}, true) end,
  "fails \"bad argument #2 to 'encode' (table expected, got boolean)\"")

-- Not offered: calls, LPeg patterns, output specifications, and what is internal in luajson.
local REFUSED = {
  { "calls.defs", { calls = { defs = { f = true } } } }, { "calls.allowUndefined", { calls = { allowUndefined = true } } },
  { "strings.additionalEscapes", { strings = { additionalEscapes = true } } },
}
for _, option in ipairs(REFUSED) do
  case(option[1], function(json) return json.decode("[f(1)]", option[2]) end,
    'fails "luahost: json.decode does not offer the option ' .. option[1] .. '"')
end
case("strings.escapeCheck", function(json) return json.decode("1", { strings = { escapeCheck = {} } }) end,
  'fails "luahost: json.decode takes no LPeg pattern for the option strings.escapeCheck"')
case("getDecoder refuses too", function(json) return json.decode.getDecoder({ calls = { defs = {} } }) end,
  'fails "luahost: json.decode does not offer the option calls.defs"')
case("encode calls", function(json) return json.encode({}, { calls = { defs = {} } }) end,
  'fails "luahost: json.encode does not offer the option calls.defs"')
case("encode output", function(json) return json.encode({}, { output = {} }) end,
  'fails "luahost: json.encode does not offer the option output"')
for _, name in ipairs({ "buildCall", "isCall", "decodeCall", "doOptionMerge", "printValue" }) do
  case(name, function(json) return json.util[name]("f") end, 'fails "luahost: json.util.' .. name .. ' is not offered"')
end

return cases
