-- json.utf8: a code point below 0x200000 in UTF-8, without asking whether Unicode has it. A lone
-- surrogate becomes three bytes, as in most JSON libraries.

local char, floor = string.char, math.floor

return function(code)
  if code < 0x80 then
    return char(code)
  end
  local last, rest = 0x80 + code % 0x40, floor(code / 0x40)
  if code < 0x800 then
    return char(0xC0 + rest, last)
  end
  local third = 0x80 + rest % 0x40
  rest = floor(rest / 0x40)
  if code < 0x10000 then
    return char(0xE0 + rest, third, last)
  end
  return char(0xF0 + floor(rest / 0x40), 0x80 + rest % 0x40, third, last)
end
