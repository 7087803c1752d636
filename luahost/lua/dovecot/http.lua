-- dovecot.http: the table of that name. What a script does with a client is in http_client.lua.
local _, check, import = ...

local select = select

local http = {}

function http.client(...)
  check.count(1, 1, select("#", ...))
  local settings = ...
  check.table(1, settings)
  local client = import("dovecot.http_client")(settings)  -- no tail call, which would take this function out of a traceback
  return client
end

check.name(http)

return http
