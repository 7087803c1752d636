"""
A script through the checker: what comes out, what its comments take away.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.check import Finding, Options, check_file, check_text
from luahost.check.migration.rewriting import rewritten
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


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("local s = 'abc", 4, 13, "unfinished string near ''abc'"),
        ("if a != b then end", 4, 8, "'then' expected near '!'"),
        ("goto nowhere", 4, 3, "no visible label 'nowhere' for <goto> at line 4"),
        ("break", 4, 3, "break outside loop at line 4"),
        ("local x <const> = 1; x = 2", 4, 3, "attempt to assign to const variable 'x'"),
        ("local s = [[abc", 4, 3, "unfinished long string (starting at line 4) near <eof>"),
        ("if true then", 6, 1, "'end' expected (to close 'function' at line 3) near <eof>"),
    ],
)
def test_not_loaded(body: str, line: int, column: int, words: str) -> None:
    """
    What Lua does not load has Lua's own words at the place that they mean, whether it is run or not.
    """
    for run in (False, True):
        (finding,) = findings(body, run=run)

        assert (finding.rule, finding.line, finding.column) == ("syntax-error", line, column)
        assert finding.message == f"Lua does not load this script: {words}"


def test_bytecode() -> None:
    """
    A compiled script is called so.
    """
    (finding,) = check_text("push.lua", b"\x1bLua\x54\x00").findings

    assert finding.message.startswith("this is compiled Lua")


def test_lua_takes_more_than_the_grammar() -> None:
    """
    What Lua loads and luahost cannot read is no error of the script, and nobody is told that it is fine.
    """
    (finding,) = findings('local s = "a\0b"')

    assert (finding.severity, finding.line) == ("warning", 4)
    assert "nothing in this script was checked" in finding.message


def test_no_user_is_compared() -> None:
    """
    The third argument of a handler is nil on both servers, and comparing nil kills nobody.
    """
    text = """\
local last = {}
function dovecot_lua_notify_begin_txn(user) last.user = user return {} end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event, user)
  if user == last.user then dovecot.i_info("the same") end
end
"""
    for dialect, rules in (("2.4", ["kept-object"]), ("documented", ["kept-object", "object-comparison"])):
        found = check_text("push.lua", text.encode(), Options(dialects=(dialect,))).findings

        assert [one.rule for one in found] == rules, dialect


def test_carriage_returns() -> None:
    """
    A carriage return ends a line, as it does to Lua.
    """
    text = (BASE % "dovecot.i_inf()").replace("\n", "\r").encode()
    (finding,) = check_text("push.lua", text, Options(run=False)).findings

    assert (finding.line, finding.column) == (4, 11)


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


def test_settings_in_circles() -> None:
    """
    Variables and functions that are each other's values are no settings of a client, and no fault.
    """
    text = (
        "local a, b local function f() return g() end function g() return f() end a = b b = a\n"
        "c = dovecot.http.client(a or f())\n"
    )

    assert check_text("push.lua", text.encode()).script is not None


def test_script_may_mean_to_fail() -> None:
    """
    A ``script_init`` that returns 1 where a setting is missing and 0 otherwise is fine; one that always fails
    is not.
    """
    body = "end function script_init(s) if x == nil then return %s end return %s"
    quiet = {"undefined-global": "off"}

    assert findings(body % (1, 0), rules=quiet) == ()
    assert findings(body % (-1, 0), rules=quiet) == ()
    assert [one.rule for one in findings(body % (1, -1), rules=quiet)] == ["script-init-result"] * 2


@pytest.mark.parametrize(
    "body",
    [
        "dovecot.i_info(('%s/%s'):format(event.mailbox, event.uid))",
        "dovecot.i_info(string.format('%5.2f %% %s', 1, event.uid))",
        "local t = {} table.insert(t, event.uid) dovecot.i_info(table.concat(t, ','))",
        "dovecot.i_info(require('socket.url').escape(event.uid))",
    ],
)
def test_floats_become_texts(body: str) -> None:
    """
    A float is found wherever it is written as a text.
    """
    assert [one.rule for one in findings(body)] == ["float-number"]


@pytest.mark.parametrize(
    "body",
    [
        "dovecot.i_info(('%s/%d'):format(event.mailbox, event.uid))",
        "dovecot.i_info(('%s'):format(math.tointeger(event.uid)))",
        "local t = {} table.insert(t, event.uid | 0) dovecot.i_info(table.concat(t, ','))",
    ],
)
def test_integers_become_texts(body: str) -> None:
    """
    What has been made an integer is not.
    """
    assert findings(body) == ()


def test_bytes_that_are_no_utf8() -> None:
    """
    A script in Latin-1 is checked, and keeps its bytes when it is mended.
    """
    text = (BASE % "dovecot.i_info('p\udce4: ' .. event.uid)").encode("utf-8", "surrogateescape")
    report = check_text("push.lua", text)
    made = rewritten(report, Options())

    assert [one.rule for one in report.findings] == ["float-number"]
    assert b"'p\xe4: ' .. (\"%d\"):format(event.uid)" in made.after


CLI = Path(__file__).parents[2] / "luahost/cli"


def test_run_does_without_the_parser() -> None:
    """
    Of the command's verbs only those of the checker import it, and the server that tells what is wrong with a
    script when it loads it; so nobody else waits for its parser.
    """
    knows = {file.stem for file in CLI.glob("*.py") if "luahost.check" in file.read_text("utf-8")}

    assert knows == {"check", "check_configured", "check_moving", "serve", "stubs"}


def test_no_push_script() -> None:
    """
    A script with nothing in it that Dovecot calls is told so once; a module is none of its business.
    """
    assert [one.message for one in check_text("x.lua", b"local x = 1\n").findings] == [
        "none of the functions that Dovecot calls is here: is this a push script?"
    ]
    assert check_text("x.lua", b"return {}\n").findings == ()


def test_settings_from_a_function() -> None:
    """
    The settings of a client are found where a function of the script makes them.
    """
    text = (
        "local function o() return {timeout = 1} end\n"
        "function script_init() c = dovecot.http.client(o()) return 0 end\n"
    )
    rules = {one.rule for one in check_text("push.lua", text.encode()).findings}

    assert "http-option" in rules


def test_local_handler_that_is_used() -> None:
    """
    A local handler is never called by its own name, whatever else it is good for.
    """
    text = BASE % "" + (
        "local function dovecot_lua_notify_event_message_read(c, e) end\n"
        "dovecot_lua_notify_event_message_trash = dovecot_lua_notify_event_message_read\n"
    )

    assert [one.rule for one in check_text("push.lua", text.encode()).findings] == ["uncalled-handler"]


def test_mailbox_in_a_protected_call() -> None:
    """
    That a protected call uses a mailbox is no reason to lose sight of it.
    """
    body = "local m = ctx:mailbox(event.mailbox) pcall(function() m:sync() end)"
    text = (BASE % body).replace("return {}", "return user")
    rules = [one.rule for one in check_text("push.lua", text.encode()).findings]

    assert "mailbox-not-freed" in rules
