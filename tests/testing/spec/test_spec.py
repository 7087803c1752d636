"""
Tests of a script in Lua: what they act on, and what they see.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luahost.effects import Print
from luahost.testing import Coverage
from tests.testing.spec.conftest import NOTIFY, RunSpec, it, report

DOCUMENTS = Path(__file__).parent.parent.parent.parent / "docs" / "specs.md"


@pytest.mark.parametrize(
    "body",
    [
        'assert.are.equal("HI!", shout("hi"))',
        'push:deliver{subject = "hi"} assert.are.equal("HI!", push.logs[1].text)',
        'push:deliver("Subject: one\\n\\n") assert.are.equal("one", push.events[1].subject)',
        "push:deliver{subject = 'x', flags = {'\\\\Seen'}, keywords = {'$x'}, mailbox = 'New'}"
        " assert.are.equal('New', push.events[1].mailbox)",
        'push:append{subject = "x"} assert.same({}, push.events)',
        "push:deliver() push:deliver() push:store('1:2', {add = {'\\\\Seen'}}) push:read('1', {uid = true})"
        " push:copy('1', 'INBOX') push:expunge() push:create('A') push:move('1', 'A')"
        " push:rename('A', 'B') push:subscribe('B') push:unsubscribe('B')"
        " push:delete('B') assert.equal(2, #push.events)",
        'push:notify({event = "MessageNew", uid = 3, subject = "x"},'
        ' {event = "MailboxCreate", mailbox = "A"})'
        " assert.equal(3, push.events[1].uid)",
        'push:rollback{event = "MessageNew", uid = 3} assert.equal(2, #push.calls)'
        " assert.same({}, push.events)",
        'push:deliver() push:create("A") assert.same({}, push.last.events) assert.equal(1, #push.events)',
        "local before = clock:time() clock:advance(60) assert.equal(before + 60, clock:time())"
        " clock:sleep(1) assert.equal(1, clock:waited()) assert.equal(61, clock:monotonic())",
        'assert.equal("bob", push.user) assert.equal("push.lua", push.script)'
        ' push:deliver() assert.matches("MessageNew", push.timeline)',
        'print("a", 1) assert.same({"a\\t1"}, push.printed)',
        "local co = coroutine.wrap(function() push:deliver() return #push.events end) assert.equal(1, co())",
        "assert.has_no.errors(function() push:deliver() end) assert.equal(1, #push.events)",
        # A copy with this metatable would have a finalizer, which the sandbox does not offer.
        "local meta = {} local object = setmetatable({}, meta) meta.__gc = print local s = spy.new()"
        " s(object) assert.is_true(rawequal(object, s.calls[1].vals[1]))",
    ],
)
def test_what_a_test_can_do(run_spec: RunSpec, body: str) -> None:
    """
    A test calls the script's functions, acts on mail, and looks at what came of it.
    """
    (outcome,) = run_spec(it(body), script=NOTIFY)

    assert outcome.result == "passed", report(outcome)


def test_each_test_has_a_state_of_its_own(run_spec: RunSpec) -> None:
    """
    What a test does to globals, mailboxes and routes is gone in the next; setup runs for each.
    """
    outcomes = run_spec(
        """
        local setups = 0
        setup(function() setups = setups + 1 end)
        it("one", function()
          push:deliver()
          _G.leaked, shout = 1, nil
          endpoint:route("*", "*", {optional = true})
          assert.equal(1, setups)
        end)
        it("two", function()
          assert.is_nil(leaked)
          assert.is_function(shout)
          assert.equal(1, setups)
          push:deliver()
          assert.equal(1, push.events[1].uid)
        end)
        """,
        script=NOTIFY,
    )

    assert [outcome.result for outcome in outcomes] == ["passed", "passed"]


def test_stubs_of_the_script(run_spec: RunSpec) -> None:
    """
    A handler and a helper are replaced as Dovecot and the script see them, and are there again when the
    session ends; a spy that has seen a user does not hold it.
    """
    script = NOTIFY + 'function script_deinit() shout("bye") end\n'
    (outcome,) = run_spec(
        it(
            """
            local helper = stub(_G, "shout").returns("stubbed")
            local begin = spy.on(_G, "dovecot_lua_notify_begin_txn")
            push:deliver{subject = "a"}
            assert.equal("stubbed", push.logs[1].text)
            assert.stub(helper).was.called_with("a")
            assert.spy(begin).was.called_with(match.is_table())
            assert.spy(_G.dovecot_lua_notify_begin_txn).was.called(1)
            helper.invokes(error)
            """
        ),
        script=script,
    )

    assert outcome.result == "passed", report(outcome)


@pytest.mark.parametrize("lua", ["5.1", "5.2", "5.3", "5.4", "5.5", "luajit"])
def test_every_lua(run_spec: RunSpec, lua: str) -> None:
    """
    A test acts, fails and is told of alike under every Lua, also where it cannot yield.
    """
    outcomes = run_spec(
        """
        it("acts", function()
          push:deliver{subject = "a"}
          assert.has_no.errors(function() push:deliver{subject = "b"} end)
          local s = stub(_G, "shout").returns("c")
          coroutine.wrap(function() push:deliver() end)()
          assert.same({"A!", "B!", "c"}, {push.logs[1].text, push.logs[2].text, push.logs[3].text})
          assert.stub(s).was.called(1)
        end)
        it("fails", function() push:deliver{subject = "fail"} assert.same({1}, {2}) end)
        """,
        script=NOTIFY,
        lua=(lua,),
        trusted=True,
    )

    acts, fails = outcomes
    assert acts.result == "passed", report(acts)
    assert [(problem.file, problem.line) for problem in fails.problems] == [
        ("push.lua", 15),
        ("push_spec.lua", 10),
    ]


def test_isolated(run_spec: RunSpec) -> None:
    """
    In a process of its own a test does the same.
    """
    source = """
        it("acts", function()
          push:deliver{subject = "a"}
          coroutine.wrap(function() push:deliver{subject = "fail"} end)()
          assert.equal("A!", push.logs[1].text)
        end)
        """
    ((outcome,), (isolated,)) = (
        run_spec(source, script=NOTIFY, isolate=isolate) for isolate in (False, True)
    )

    assert outcome.report == isolated.report
    assert [problem.line for problem in isolated.problems] == [15]


def test_coverage_is_of_the_script(run_spec: RunSpec) -> None:
    """
    Lines of the script that a spec runs are covered; the spec itself is nobody's script.
    """
    coverage = Coverage()

    run_spec(it('shout("a")'), script=NOTIFY, coverage=coverage)

    (path,) = coverage.files
    assert path.endswith("push.lua")
    assert (4, 5) in coverage.files[path].ran["documented", "5.4"]


@pytest.mark.parametrize(
    "value",
    [
        '{"a": [1, 2.5, true, "ä", {"b": [[]]}], "n": {"1": 2, "x": false}}',
        "[[1], [], -1e300]",
    ],
)
def test_values_cross_as_they_are(run_spec: RunSpec, value: str) -> None:
    """
    A JSON value that the script sends is a table in the spec, and as an answer's JSON it is the same again.
    """
    script = """
      local http = require "socket.http"
      function dovecot_lua_notify_begin_txn(user) end
      function dovecot_lua_notify_event_message_new(_, event)
        dovecot.i_info((http.request("http://push.example/", event.snippet)))
      end
      function dovecot_lua_notify_end_txn() end
    """
    body = """
      endpoint:route("*", "*", {times = 1})
      push:deliver{body = VALUE}
      endpoint:route("*", "*", {json = endpoint.requests[1].json})
      push:deliver()
      print(push.logs[2].text)
    """
    (outcome,) = run_spec(it(body.replace("VALUE", f"[=[{value}]=]")), script=script)

    assert outcome.result == "passed", report(outcome)
    (printed,) = [effect.text for effect in outcome.effects if isinstance(effect, Print)]
    assert json.loads(printed) == json.loads(value)


def test_much_to_look_at(run_spec: RunSpec) -> None:
    """
    More values than fit into one call come over in parts, also into LuaJIT.
    """
    body = """
      for i = 1, 3000 do print(i) end
      local printed = push.printed
      assert.equal(3000, #printed)
      assert.equal("3000", printed[3000])
      push:deliver{headers = {["X-Long"] = ("x"):rep(100000)}}
      assert.equal(1, #push.events)
    """
    for lua in ("5.4", "luajit"):
        (outcome,) = run_spec(it(body), script=NOTIFY, lua=(lua,), trusted=True)
        assert outcome.result == "passed", report(outcome)


def test_the_example_of_the_documents(run_spec: RunSpec) -> None:
    """
    What docs/specs.md begins with works for a script of which it is true.
    """
    example = DOCUMENTS.read_text("utf-8").partition("```lua\n")[2].partition("```")[0]
    script = """
      function shortened(text, length) return #text > length and text:sub(1, length) .. "…" or text end
      function dovecot_lua_notify_begin_txn(user) return user:plugin_getenv("push_lua_url") end
      function dovecot_lua_notify_event_message_new(url, event)
        if event.mailbox == "INBOX" then
          require("ssl.https").request(url, "subject=" .. event.subject)
        end
      end
      function dovecot_lua_notify_end_txn() end
    """
    outcomes = run_spec(example, script=script)

    assert [outcome.result for outcome in outcomes] == ["passed"] * 3
