-- Posting with the HTTP client of Dovecot 2.4.
local URL, CAP_MS, TOKEN_FILE, key_of = ...

local CAP = CAP_MS .. "ms"
local client

-- Status, reason and body of the server's answer. Each request has its own connection: one that was idle may be gone.
local function post(body, txn)
  client = client or dovecot.http.client({
    request_absolute_timeout = CAP, request_timeout = CAP, connect_timeout = CAP,
    request_max_attempts = 1, max_connect_attempts = 1, auto_retry = "no", auto_redirect = "no",
  })
  local request = client:request({ url = URL, method = "POST" })
  request:add_header("Content-Type", "application/json")
  request:add_header("Idempotency-Key", key_of(txn))
  if TOKEN_FILE then
    request:add_header("Authorization", "Bearer " .. io.lines(TOKEN_FILE)())
  end
  request:set_payload(body)
  local response = request:submit()
  return response:status(), response:reason(), response:payload()
end

return post
