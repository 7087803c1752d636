-- notify_simple.lua in Lua: luahost test scripts/notify_simple_spec.lua
--
-- Each test has a session and a Lua state of its own, in which the script has been loaded: its functions can be called,
-- replaced and watched, and mail can arrive.
--
-- luahost: set push_lua_url=http://push.example/handler

local URL = "http://push.example/handler"

describe("table_get", function()
  it("finds a value", function()
    assert.are.equal("b", table_get({ a = "b" }, "a", "c"))
  end)

  it("has something else for what is not there", function()
    assert.are.equal("c", table_get({}, "a", "c"))
    assert.is_nil(table_get({}, "a"))
  end)
end)

describe("a new message", function()
  it("is told with who wrote it, about what and to whom", function()
    endpoint:route("POST", URL)

    push:deliver { from = "Alice <alice@example.org>", subject = "Lunch?", body = "At one?" }

    assert.are.same({
      from = "Alice <alice@example.org>", to = "Bob <bob@example.com>", subject = "Lunch?", snippet = "At one?", user = "bob",
    }, endpoint.requests[1].form)
  end)

  it("without a subject has an empty one", function()
    endpoint:route("POST", URL)

    push:deliver { subject = false }

    assert.matches("&subject=&", endpoint.requests[1].body, 1, true)
  end)

  it("is kept in the context until the transaction ends", function()
    local finish = stub(_G, "dovecot_lua_notify_end_txn")

    push:deliver { subject = "Lunch?" }

    assert.stub(finish).was.called(1)
    assert.stub(finish).was.called_with(match.is_table(), true)
    assert.are.equal("Lunch?", finish.calls[1].vals[1].messages[1].subject)
  end)
end)

describe("the service", function()
  it("may be down, and that is logged", function()
    endpoint:route("POST", URL, "refused")

    push:deliver()

    assert.are.equal("error", push.logs[1].level)
    assert.matches("^lua%-push: ", push.logs[1].text)
  end)

  it("is not told of what comes from elsewhere", function()
    push:create("Work")
    push:subscribe("Work")

    assert.are.same({}, push.requests)
  end)
end)
