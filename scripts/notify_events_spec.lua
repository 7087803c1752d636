-- notify_events.lua in Lua: spies on what a script logs and requires.
--
-- luahost: set push_lua_url=http://push.example/handler

local URL = "http://push.example/handler"

describe("notify_events.lua", function()
  local http = require("socket.http")

  it("posts a message, and then the state of its mailbox", function()
    endpoint:route("POST", URL, { times = 2 })

    push:deliver { from = "Alice <alice@example.org>", subject = "Lunch?" }

    assert.are.same({ mailbox = "INBOX", from = "Alice <alice@example.org>", subject = "Lunch?" }, endpoint.requests[1].form)
    assert.are.same({ mailbox = "INBOX", messages = "1", recent = "1", unseen = "1" }, endpoint.requests[2].form)
  end)

  it("sends nothing by other ways than LuaSocket", function()
    local request = stub(http, "request").returns(1, 200)

    push:deliver()

    assert.stub(request).was.called(2)
    assert.stub(request).was.called_with(match.is_table())
    assert.are.equal(URL, request.calls[1].vals[1].url)
    assert.are.same({}, push.requests)
  end)

  it("hands an append to the handler of deliveries", function()
    local new = stub(_G, "dovecot_lua_notify_event_message_new")

    push:append { subject = "Lunch?" }

    assert.stub(new).was.called(1)
    assert.are.equal("Lunch?", new.calls[1].vals[2].subject)
  end)

  it("fails where nobody listens, for it takes words for a number", function()
    endpoint:route("POST", URL, "refused")

    local errors = push:expect_error("number expected, got string", function()
      push:deliver()
    end)

    assert.are.equal("dovecot_lua_notify_end_txn", errors[1]["function"])
  end)

  it("lets every mailbox go", function()
    endpoint:route("POST", URL, { times = 2 })

    push:deliver { mailbox = "Work" }

    assert.are.same({}, push.mailboxes_open)
  end)
end)
