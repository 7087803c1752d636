-- dkjson: what `require "dkjson"` gives, after dkjson 2.6 (Debian's lua-dkjson).
--
-- There is no LPeg here, and none is needed: use_lpeg answers a copy of the module, as there, with the
-- same decode function.

local pairs, setmetatable = pairs, setmetatable
local _, _, import = ...
local encoder = import("json.dkjson_encode")

local dkjson = {
  version = "dkjson 2.6",
  addnewline = encoder.addnewline,
  decode = import("json.dkjson_decode"),
  encode = encoder.encode,
  encodeexception = encoder.encodeexception,
  null = setmetatable({}, { __tojson = function() return "null" end }),
  quotestring = encoder.quotestring,
}

function dkjson.use_lpeg()
  local copy = { using_lpeg = true }
  for name, value in pairs(dkjson) do
    copy[name] = value
  end
  return copy
end

return dkjson
