-- socket.headers: how LuaSocket spells the names of header fields that it knows. It sends all others
-- in lower case.

local gmatch, lower = string.gmatch, string.lower

-- RFC 9110 and its neighbours, RFC 5322, RFC 2045, and RFC 3464's delivery reports.
local NAMES = [[
  Accept Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Age Allow Authorization
  Cache-Control Connection Content-Encoding Content-Language Content-Length Content-Location
  Content-MD5 Content-Range Content-Type Cookie Date ETag Expect Expires From Host If-Match
  If-Modified-Since If-None-Match If-Range If-Unmodified-Since Last-Modified Location Max-Forwards
  Pragma Proxy-Authenticate Proxy-Authorization Range Referer Retry-After Server TE Trailer
  Transfer-Encoding Upgrade User-Agent Vary Via WWW-Authenticate Warning

  Bcc Cc Comments In-Reply-To Keywords Message-ID Received References Reply-To Resent-Bcc Resent-Cc
  Resent-Date Resent-From Resent-Message-ID Resent-Reply-To Resent-Sender Resent-To Return-Path
  Sender Subject To X-Mailer

  Content-Description Content-Disposition Content-ID Content-Transfer-Encoding MIME-Version

  Action Alternate-Recipient Arrival-Date DSN-Gateway Diagnostic-Code Final-Log-ID Final-Recipient
  Last-Attempt-Date Original-Envelope-ID Original-Recipient Received-From-MTA Remote-MTA
  Reporting-MTA SMTP-Remote-Recipient Status Will-Retry-Until
]]

local headers = { canonic = {} }

for name in gmatch(NAMES, "%S+") do
  headers.canonic[lower(name)] = name
end

return headers
