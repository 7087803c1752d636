-- cjson.safe: cjson whose encode and decode answer nil and a message instead of raising.
local _, _, import = ...

return import("json.cjson")(true)
