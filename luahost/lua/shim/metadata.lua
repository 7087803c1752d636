-- What METADATA the user has under the keys that were asked for.
local MEMBERS, object = ...

local METADATA = {}

MEMBERS[#MEMBERS + 1] = function(user)
  local values = {}
  for _, key in ipairs(METADATA) do
    values[key] = user:metadata_get(key)
  end
  return ',"metadata":' .. object(METADATA, values)
end
