"""
How tests in Lua are judged: what fails them, with its place and what happened, and what does not.
"""

from __future__ import annotations

import pytest

from luahost.effects import Call, Log, Print
from luahost.testing import Push
from tests.testing.spec.conftest import NOTIFY, RunSpec, it, report


@pytest.mark.parametrize(
    ("body", "result", "words"),
    [
        ('assert.equal("HI", shout("hi"))', "failed", "push_spec.lua:2: Expected objects to be equal."),
        ("shout(nil)", "failed", "push.lua:5: attempt to index a nil value (local 'text')"),
        ("local x = nil + 1", "error", "push_spec.lua:2: attempt to perform arithmetic on a nil value"),
        (
            'push:deliver{subject = "fail"}',
            "failed",
            "push.lua:15: dovecot_lua_notify_event_message_new failed:",
        ),
        ('push:expect_error("x", push.deliver)', "error", "write push:deliver(…), with a colon"),
        ('push:expect_error("x", function() end)', "failed", "push_spec.lua:2: the script did not fail"),
        ("endpoint:route('*', '*') local x = nil + 1", "error", "route not used: * *: no request"),
        ('coroutine.yield("done")', "error", "push_spec.lua:1: attempt to yield from outside a coroutine"),
        (
            "push:deliver{subjct = 1}",
            "error",
            "push:deliver: there is no option subjct; did you mean subject?",
        ),
        ("push:deliver{flags = 1}", "error", "push:deliver: flags is a list of texts, not a number"),
        (
            "push:deliver{headers = {1, 2}}",
            "error",
            "headers is a table of texts by name, not a table",
        ),
        ("push:deliver(1)", "error", "options stand in a table by their names, and this is a number"),
        ('push:deliver("missing.eml")', "error", "push:deliver: missing.eml: no such file"),
        ('push:store("1", {add = {"\\\\Seen"}})', "error", "push:store: Invalid messageset 1"),
        ("push:copy('1')", "error", "push:copy: it takes 2 texts, and 1 came"),
        ("push:notify{event = 'MessageOld'}", "error", "there is no event MessageOld; did you mean Message"),
        ("push:notify{event = 'MessageNew'}", "error", "push:notify: MessageNew needs uid"),
        ("push:notify{event = 'MessageNew', uid = 0}", "error", "uid is a number from 1 to"),
        ("push:notify()", "error", "push:notify: it takes events"),
        ("push:deliver(function() end)", "error", "a function cannot be handed over"),
        ("local t = {} t.t = t push:deliver(t)", "error", "a table is nested too deeply, or holds itself"),
        ("return push.loggs", "error", "push has no loggs; did you mean logs?"),
        ("return endpoint.request", "error", "endpoint has no request; did you mean requests?"),
        ("clock:advance(-1)", "error", "clock:advance takes a number of seconds, 0 or more"),
        ("endpoint:route('POST')", "error", "endpoint:route takes a method, a URL and an answer"),
        ("endpoint:route('POST', '*', {statu = 1})", "error", "an answer has no statu; did you mean status?"),
        ("endpoint:route('POST', '*', 'resett')", "error", "there is no fault 'resett'; did you mean reset?"),
        ("endpoint.mode = 1", "error", "of endpoint, fault can be set, and strict"),
        ("endpoint:route('POST', '*')", "failed", "push_spec.lua:2: route not used: POST *: no request"),
        ("_G.kept = nil push:deliver() kept.x = 1", "error", "attempt to index a nil value (global 'kept')"),
    ],
)
def test_what_is_wrong_has_its_place(run_spec: RunSpec, body: str, result: str, words: str) -> None:
    """
    A test that does not pass says why and in which line; it is an error if the test itself is broken.
    """
    (outcome,) = run_spec(it(body), script=NOTIFY)

    assert outcome.result == result, report(outcome)
    assert words in outcome.report


def test_a_failure_shows_lines_and_what_happened(run_spec: RunSpec) -> None:
    """
    A failure has the values as luassert shows them, the lines of the spec around it, and the effects.
    """
    (outcome,) = run_spec(it('push:deliver()\nassert.same({"x"}, push.calls)'), script=NOTIFY)

    (problem,) = outcome.problems
    assert (problem.file, problem.line, problem.message) == (
        "push_spec.lua",
        3,
        "Expected objects to be the same.",
    )
    assert "*[1] = 'dovecot_lua_notify_begin_txn'" in problem.detail
    assert '> 3 | assert.same({"x"}, push.calls)' in problem.detail
    assert [effect.function for effect in outcome.effects if isinstance(effect, Call)]


def test_script_errors_read_as_without_a_spec(run_spec: RunSpec) -> None:
    """
    An act leads into the script as in Dovecot: log line, place and traceback are those of a session without a
    spec.
    """
    (outcome,) = run_spec(it('push:deliver{subject = "fail"}'), script=NOTIFY)
    with Push("push.lua") as push:
        push.deliver(subject="fail")

    assert [effect for effect in outcome.effects if isinstance(effect, Log)] == push.logs
    *stack, act, line = outcome.problems[0].detail.split("\n")
    assert stack[-1].endswith("in function 'dovecot_lua_notify_event_message_new'")
    assert (act, line) == ("by push:deliver in push_spec.lua:2", '> 2 | push:deliver{subject = "fail"}')


def test_errors_that_are_expected(run_spec: RunSpec) -> None:
    """
    A block expects an error by its words, and sees it; a test may allow errors altogether.
    """
    body = """
      local errors = push:expect_error("attempt to index", function() push:deliver{subject = "fail"} end)
      assert.equal(15, errors[1].line)
    """
    for text in (body, 'push:allow_errors("nil value") push:deliver{subject = "fail"}'):
        (outcome,) = run_spec(it(text), script=NOTIFY)
        assert outcome.result == "passed", report(outcome)

    (outcome,) = run_spec(it('push:allow_errors("other") push:deliver{subject = "fail"}'), script=NOTIFY)
    assert outcome.result == "failed"


def test_what_is_pending(run_spec: RunSpec) -> None:
    """
    A test without a function, one of ``pending`` and one that says so itself are not judged.
    """
    outcomes = run_spec(
        'it("a")\npending("b", function() end)\nit("c", function() pending("later") error("x") end)'
    )

    assert [(outcome.name, outcome.result, outcome.reason) for outcome in outcomes] == [
        ("a", "pending", ""),
        ("b", "pending", ""),
        ("c", "pending", "later"),
    ]


def test_what_is_around_a_test(run_spec: RunSpec) -> None:
    """
    A before_each that fails ends the test, and says so; after_each and finally run in any case, and may act.
    """
    outcomes = run_spec(
        """
        describe("outer", function()
          after_each(function() push:deliver() print(#push.events) end)
          describe("inner", function()
            before_each(function() error("no") end)
            it("a", function() print("never") end)
          end)
          it("b", function() finally(function() print("finally") end) assert.is_true(false) end)
        end)
        """,
        script=NOTIFY,
    )

    first, second = outcomes
    assert (first.name, first.result) == ("outer inner a", "error")
    assert first.problems[0].message == "before_each: no"
    assert second.result == "failed"
    printed = [[effect.text for effect in one.effects if isinstance(effect, Print)] for one in outcomes]
    assert printed == [["1\n"], ["finally\n", "1\n"]]


@pytest.mark.parametrize(
    ("body", "place"),
    [("while true do end", "push_spec.lua:4"), ("loop()", "push.lua:1"), ("push:deliver()", "push.lua:1")],
)
def test_a_limit_ends_a_test(run_spec: RunSpec, body: str, place: str) -> None:
    """
    Whatever uses more than it may is stopped with its place, in the spec as in the script.
    """
    script = "function loop() while true do end end\nfunction dovecot_lua_notify_begin_txn() loop() end\n"
    script += "function dovecot_lua_notify_event_message_new() end\n"
    head = "-- luahost: limit call_instructions=100000\n"

    (outcome,) = run_spec(it(f"endpoint:route('*', '*')\n{body} error('further')", head), script=script)

    problem, unused = outcome.problems
    assert (outcome.result, problem.place) == ("failed", place), report(outcome)
    assert unused.message.startswith("route not used")
    assert "the limit is call_instructions=100000" in problem.message
    assert "[C]" not in problem.detail


def test_acts_have_limits_of_their_own(run_spec: RunSpec) -> None:
    """
    Each call of the script counts for itself, as in Dovecot, and not together with the test.
    """
    script = NOTIFY + "function busy() for i = 1, 30000 do end end\n"
    head = "-- luahost: limit call_instructions=200000\n"
    body = "_G.dovecot_lua_notify_end_txn = busy\nfor _ = 1, 20 do busy() push:deliver() end"

    (outcome,) = run_spec(it(body, head), script=script)

    assert outcome.result == "passed", report(outcome)


def test_bytes_that_are_no_text(run_spec: RunSpec) -> None:
    """
    Whatever bytes a test compares, its report can be read.
    """
    body = """
      dovecot.i_info("\\255")
      assert.equal("\\255", push.logs[1].text)
      assert.equal("a\\254\\0", "b")
    """
    (outcome,) = run_spec(it(body), script=NOTIFY)

    assert r"(string) 'a\xfe" in outcome.problems[0].detail
