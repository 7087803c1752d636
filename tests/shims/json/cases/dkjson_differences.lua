-- Where luahost's dkjson is not dkjson 2.6: wrong arguments are named as the script wrote them.
return {
  { "decode nil", function(json) local value = json.decode(nil) return value end,
    "fails \"bad argument #1 to 'decode' (string expected, got nil)\"" },
  { "decode from x", function(json) local value = json.decode("1", "x") return value end,
    "fails \"bad argument #2 to 'decode' (number expected, got string)\"" },
  { "encode with a string", function(json) local value = json.encode({}, "x") return value end,
    "fails \"bad argument #2 to 'encode' (table expected, got string)\"" },
  { "quotestring", function(json) local value = json.quotestring({}) return value end,
    "fails \"bad argument #1 to 'quotestring' (string expected, got table)\"" },
}
