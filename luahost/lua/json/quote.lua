-- json.quote: how a library writes strings. Libraries differ in what they escape and how.
--
--   quoter(special, short, long) → function(text) → JSON string
--     special: pattern of one character that may need an escape
--     short: table from character to its escape; false leaves the character alone
--     long: format of any other escape, given the byte

local char, format, gsub = string.char, string.format, string.gsub

return function(special, short, long)
  local escapes = {}
  for code = 0, 255 do
    local character = char(code)
    if short[character] == nil then
      escapes[character] = format(long, code)
    else
      escapes[character] = short[character]
    end
  end
  return function(text)
    return '"' .. gsub(text, special, escapes) .. '"'
  end
end
