"""
A script through the checker: what comes out, what its comments take away.
"""

from __future__ import annotations

import pytest

from luahost.check import Finding, Options, check_file, check_text
from luahost.errors import InputError, UsageError

BASE = """\
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event)
  %s
end
"""


def findings(body: str, **options: object) -> tuple[Finding, ...]:
    """
    What is found in a script with this handler.
    """
    return check_text("push.lua", (BASE % body).encode(), Options(**options)).findings  # type: ignore[arg-type]


def test_place() -> None:
    """
    A finding has the place of what is wrong, and the dialects in which it is.
    """
    (finding,) = findings(
        "print(event.keywords_set)", rules={"output-nowhere": "off", "unknown-field": "off"}
    )

    assert (finding.rule, finding.line, finding.column, finding.end_column) == ("keywords-name", 4, 15, 27)
    assert finding.dialects == ("2.3", "2.4")
    assert finding.evidence == "suspected"


def test_only_the_dialects_that_are_asked_for() -> None:
    """
    A script for 2.4 alone may return nothing from ``script_init``.
    """
    body = "end function script_init(settings)"

    assert [one.dialects for one in findings(body)] == [("2.3",)]
    assert findings(body, dialects=("2.4",)) == ()


def test_level() -> None:
    """
    A rule's level can be changed, and a rule can be left out.
    """
    assert [one.severity for one in findings("print(1)")] == ["note"]
    assert [one.severity for one in findings("print(1)", rules={"output-nowhere": "error"})] == ["error"]
    assert findings("print(1)", rules={"output-nowhere": "off"}) == ()


def test_no_lua() -> None:
    """
    A script that is no Lua has that one finding.
    """
    (finding,) = check_text("push.lua", b"function f(\n").findings

    assert (finding.rule, finding.severity) == ("syntax-error", "error")


def test_ignored() -> None:
    """
    A comment in the line, or alone above it, takes the rule's findings away, and is counted.
    """
    beside = check_text("push.lua", (BASE % "print(1) -- luahost: ignore=output-nowhere a test").encode())
    above = check_text("push.lua", (BASE % "-- luahost: ignore=output-nowhere a test\n  print(1)").encode())

    assert (beside.findings, beside.ignored) == ((), 1)
    assert (above.findings, above.ignored) == ((), 1)


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("ignore=output-nowhere", "an ignore wants a reason behind the rule"),
        ("ignore=outputnowhere why", "there is no rule outputnowhere"),
        ("ignore=kept-object why", "nothing here needs ignore=kept-object any more"),
    ],
)
def test_bad_comment(comment: str, words: str) -> None:
    """
    A comment without a reason, of no rule, or for nothing is a finding.
    """
    assert words in [one.message for one in findings(f"print(1) -- luahost: {comment}")]


def test_nothing_to_check() -> None:
    """
    A file that is not there, a dialect or a rule that there is not are the operator's mistakes.
    """
    with pytest.raises(InputError, match="No such file"):
        check_file("nowhere.lua")
    with pytest.raises(UsageError, match=r"no dialect 2\.5"):
        check_text("push.lua", b"", Options(dialects=("2.5",)))
    with pytest.raises(UsageError, match="there is no rule x"):
        check_text("push.lua", b"", Options(rules={"x": "off"}))


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " or ".join(["a"] * 300),
        "x = " + "(" * 190 + "1" + ")" * 190,
        "if a then " * 190 + "end " * 190,
        "local e = dovecot.event() x = e" + ":set_name('a')" * 300,
    ],
)
def test_deep(text: str) -> None:
    """
    A script that is nested as deep as Lua takes it, or a long chain, is checked like any other.
    """
    assert check_text("push.lua", text.encode()).script is not None


def test_too_deep() -> None:
    """
    Something deeper than that is a finding and no fault.
    """
    (finding,) = check_text("push.lua", b"x = " + b"-" * 20_000 + b"1").findings

    assert (finding.rule, finding.severity) == ("syntax-error", "error")


def test_functions_that_call_each_other() -> None:
    """
    Many functions that call each other in circles are followed in no time.
    """
    calls = [f"f.a{(n + 1) % 40}(x), f.a{n * 7 % 40}(f.a{n * 3 % 40}(x))" for n in range(40)]
    text = "local f = {}\n" + "".join(
        f"f.a{n} = function(x) return {call} end\n" for n, call in enumerate(calls)
    )

    assert check_text("push.lua", text.encode()).script is not None
