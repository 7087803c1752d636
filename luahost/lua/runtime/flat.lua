-- flat: tables cross the boundary flat, as key, value, key, value …; this makes a table of them again.
local select = select

return function(...)
  local made = {}
  for i = 1, select("#", ...), 2 do
    made[select(i, ...)] = select(i + 1, ...)
  end
  return made
end
