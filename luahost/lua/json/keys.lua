-- json.keys: the keys of a table in an order of their own: numbers, then strings, then the rest.
--
-- The libraries in C and most in Lua write objects in the order of next(), which differs from run to
-- run. Any order is right; a sorted one makes a recorded request comparable with the next.

local sort, tostring, type = table.sort, tostring, type

local RANK = { number = 1, string = 2 }

local function before(left, right)
  local left_rank, right_rank = RANK[type(left)] or 3, RANK[type(right)] or 3
  if left_rank ~= right_rank then
    return left_rank < right_rank
  end
  if left_rank == 3 then
    return tostring(left) < tostring(right)
  end
  return left < right
end

-- keys(pairs(value)): an array of all keys.
return function(iterate, state, start)
  local keys, n = {}, 0
  for key in iterate, state, start do
    n = n + 1
    keys[n] = key
  end
  sort(keys, before)
  return keys
end
