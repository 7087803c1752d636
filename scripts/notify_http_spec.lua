-- notify_http.lua in Lua, in 2.3 and 2.4: luahost test scripts/notify_http_spec.lua
--
-- luahost: dialects 2.3 2.4
-- luahost: set push_lua_url=http://push.example/messages

local URL = "http://push.example/messages"

describe("notify_http.lua", function()
  it("escapes what stands in a form", function()
    endpoint:route("POST", URL, { status = 204 })

    push:deliver { subject = "a&b=c d" }

    assert.matches("subject=a%26b%3Dc%20d", endpoint.requests[1].body, 1, true)
  end)

  it("tells of the next message after an outage", function()
    endpoint:route("POST", URL, { answers = { 503, 204 } })

    push:deliver { subject = "lost" }
    assert.are.equal("notify_http: 503 Service Unavailable", push.last.logs[1].text)

    push:deliver { subject = "told" }
    assert.are.same({}, push.last.logs)
    assert.are.equal("told", endpoint.requests[2].form.subject)
  end)

  it("does not hold mail up for long when the service hangs", function()
    endpoint:route("POST", URL, "read_timeout")

    push:deliver()

    assert.is_true(clock:waited() <= 11)
    assert.are.equal("error", push.logs[1].level)
  end)

  it("says so when it is not told where to send", function()
    stub(_G, "dovecot_lua_notify_begin_txn").returns { messages = {} }

    push:deliver()

    assert.are.equal("notify_http: push_lua_url is not set", push.logs[1].text)
  end)
end)
