-- notify_http_events.lua in Lua, in every dialect: what becomes of it when other parts fail.
--
-- luahost: dialects all
-- luahost: set push_lua_url=http://push.example/status
-- luahost: mailbox Work

local URL = "http://push.example/status"

-- The fields of the last named event.
local function last_fields()
  local events = push.named_events
  return events[#events].fields
end

describe("notify_http_events.lua", function()
  for _, status in ipairs { 200, 204, 404, 503 } do
    it("leaves an event with the status " .. status, function()
      endpoint:route("POST", URL, status)

      push:deliver { mailbox = "Work" }

      assert.are.equal("push_status_finished", push.named_events[1].name)
      assert.are.equal("Work", last_fields().mailbox)
      assert.are.equal(status, last_fields().status_code)
      assert.are.equal(status > 299, last_fields().error ~= nil)
    end)
  end

  it("is silent about a transaction that failed", function()
    push:rollback { event = "MessageNew", uid = 7, mailbox = "Work" }

    assert.are.same({}, push.requests)
    assert.are.same({}, push.logs)
  end)

  it("tells of the next message after an outage", function()
    endpoint:route("POST", URL, { times = 2 })
    endpoint.fault = "reset"
    push:deliver()
    assert.is_true(last_fields().status_code >= 9000)

    endpoint.fault = nil
    push:deliver()
    assert.are.equal(200, last_fields().status_code)
  end)
end)
