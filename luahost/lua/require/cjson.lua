-- cjson: what `require "cjson"` gives, after lua-cjson 2.1.0 (Debian's lua-cjson).
local _, _, import = ...

return import("json.cjson")(false)
