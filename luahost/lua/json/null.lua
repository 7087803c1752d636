-- json.null: what stands for JSON's null in cjson. There it is a light userdata, which Lua code cannot
-- make; a function is as opaque: it cannot be indexed, iterated or changed, and equals only itself.

local error = error

return function()
  error("attempt to call a userdata value (JSON null)", 2)
end
