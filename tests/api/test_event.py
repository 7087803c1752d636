"""
``dovecot.event``: names, fields, log prefixes, and events for one line.
"""

from __future__ import annotations

import pytest

from luahost.effects import Call, Effects, Log, NamedEvent, ProcessKilled
from luahost.events import MailboxCreate
from tests.conftest import Evaluate, OpenSession

LEVELS = ["debug", "info", "warning", "error"]


def shown(effects: Effects) -> list[str | tuple[str, dict[str, object]]]:
    """
    Log lines as ``level: text``, named events as name and fields.
    """
    return [
        f"{effect.level}: {effect.text}" if isinstance(effect, Log) else (effect.name, dict(effect.fields))
        for effect in effects
        if isinstance(effect, Log | NamedEvent)
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_log(session: OpenSession, level: str, lua: str) -> None:
    """
    An event's lines carry the script's prefix; debug lines need debugging.
    """
    text = f"function dovecot_lua_notify_begin_txn() end dovecot.event():log_{level}('hello')"

    assert f"{level}: lua: hello" in session(text, lua=lua, debug=True).log
    assert session(text, lua=lua).log == ([] if level == "debug" else [f"{level}: lua: hello"])


PREFIXES = [
    ("local e = dovecot.event() e:log_info('x')", ["lua: x"]),
    ("local e = dovecot.event() e:append_log_prefix('p: ') e:log_info('x')", ["lua: p: x"]),
    (
        "local e = dovecot.event() e:append_log_prefix('p: ') e:append_log_prefix('q: ') e:log_info('x')",
        ["lua: q: x"],
    ),
    (
        "local e = dovecot.event():append_log_prefix('p: ') "
        "dovecot.event(e):append_log_prefix('c: '):log_info('x')",
        ["lua: p: c: x"],
    ),
    (
        "local e = dovecot.event():append_log_prefix('p: ') "
        "e:passthrough_event():append_log_prefix('q: '):log_info('x') e:log_info('y')",
        ["lua: p: q: x", "lua: p: y"],
    ),
    (
        "local e = dovecot.event():append_log_prefix('p: ') "
        "local c = dovecot.event(e):replace_log_prefix('R: ') c:log_info('x') "
        "dovecot.event(c):append_log_prefix('g: '):log_info('y') e:log_info('z')",
        ["R: x", "R: g: y", "lua: p: z"],
    ),
    (
        "local e = dovecot.event() local c = dovecot.event(e) e:append_log_prefix('late: ') c:log_info('x')",
        ["lua: late: x"],
    ),
    ("dovecot.event():set_always_log_source():log_info('x')", ["lua: x"]),
    ("dovecot.event():log_info('a\\0b')", ["lua: a"]),
]


@pytest.mark.parametrize(("statements", "lines"), PREFIXES)
def test_prefixes(session: OpenSession, statements: str, lines: list[str], lua: str) -> None:
    """
    An event has one prefix of its own, after its parent's, or in place of all that came before.
    """
    assert session(statements, lua=lua).log == [f"info: {line}" for line in lines]


def test_named_event(session: OpenSession, lua: str) -> None:
    """
    The first log call after ``set_name`` sends a named event, before its line.
    """
    running = session(
        "local e = dovecot.event() e:set_name('done'):add_str('url', 'http://x/'):add_int('code', 200) "
        "e:add_timeval('when', 1560000000):inc_int('tries', 2):inc_int('tries', -1) "
        "e:log_info('first') e:log_info('second')",
        lua=lua,
    )

    assert shown(running.effects) == [
        ("done", {"url": "http://x/", "code": 200, "when": 1560000000, "tries": 1}),
        "info: lua: first",
        "info: lua: second",
    ]


def test_named_event_without_debugging(session: OpenSession) -> None:
    """
    A named event is sent even if its debug line is not written.
    """
    running = session("dovecot.event():set_name('done'):log_debug('unseen')")

    assert shown(running.effects) == [("done", {})]


def test_unnamed_events_are_not_sent(session: OpenSession) -> None:
    """
    Fields alone make no named event.
    """
    running = session("dovecot.event():add_str('a', 'b'):log_info('x')")

    assert running.effects.of(NamedEvent) == []


@pytest.mark.parametrize(
    "statements",
    [
        "dovecot.event():add_str('', 'b'):set_name('n'):log_info('x')",
        "local e = dovecot.event():add_int('', 5) dovecot.event(e):set_name('n'):log_info('x')",
        "local e = dovecot.event():add_int('', 5) e:passthrough_event():set_name('n'):log_info('x')",
    ],
)
def test_a_field_without_a_name_loses_the_event(session: OpenSession, statements: str) -> None:
    """
    Dovecot's statistics refuse the event; the log line is written.
    """
    running = session(statements)

    assert running.effects.of(NamedEvent) == []
    assert [log.text for log in running.effects.of(Log)] == ["lua: x"]


def test_fields_of_parents(session: OpenSession, lua: str) -> None:
    """
    A child has its parents' fields, and its own win; the parent's name is its own.
    """
    running = session(
        "local p = dovecot.event():set_name('parent'):add_str('a', 'of parent'):add_str('b', 'of parent') "
        "local c = dovecot.event(p):set_name('child'):add_str('b', 'of child'):add_int('c', 3) "
        "c:log_info('x')",
        lua=lua,
    )

    assert shown(running.effects) == [
        ("child", {"a": "of parent", "b": "of child", "c": 3}),
        "info: lua: x",
    ]


def test_fields_are_bytes(session: OpenSession, lua: str) -> None:
    """
    Names and values need not be UTF-8.
    """
    running = session("dovecot.event():set_name('n\\255'):add_str('k\\254', 'v\\253'):log_info('x')", lua=lua)

    [event] = running.effects.of(NamedEvent)
    assert (event.name, event.fields) == ("n\udcff", {"k\udcfe": "v\udcfd"})


@pytest.mark.parametrize(
    "call",
    [
        "set_name('x')",
        "add_str('k', 'v')",
        "add_int('k', 1)",
        "add_timeval('k', 1)",
        "inc_int('k', 1)",
        "append_log_prefix('x')",
        "replace_log_prefix('x')",
        "set_always_log_source()",
        "log_debug('x')",
        "log_info('x')",
        "log_warning('x')",
        "log_error('x')",
    ],
)
@pytest.mark.parametrize(
    ("made", "after"),
    [("dovecot.event()", ""), ("dovecot.event():passthrough_event()", "pcall(e.log_info, e, '')")],
)
def test_chaining(evaluate: Evaluate, made: str, after: str, call: str) -> None:
    """
    Every method returns its own event, of either kind.
    """
    assert evaluate(f"local e = {made} local same = rawequal(e, (e:{call})) {after} return same") == "true"


def test_integers_since_lua_5_3(session: OpenSession) -> None:
    """
    Integral floats and numeric strings become integers.
    """
    running = session("dovecot.event():set_name('n'):add_int('a', 5.0):add_int('b', '6'):log_info('x')")

    (event,) = running.effects.of(NamedEvent)
    assert [(name, type(value), value) for name, value in event.fields.items()] == [
        ("a", int, 5),
        ("b", int, 6),
    ]


@pytest.mark.parametrize(
    ("expression", "shows"),
    [
        ("tostring(e):find('^struct event: 0x%x+$') ~= nil", "true"),
        ("getmetatable(e).__name", '"struct event"'),
        ("e.nosuch", "nil"),
        ("e.passthrough_event ~= nil, e:passthrough_event():log_info('x').passthrough_event", "true, nil"),
        ("dovecot.event() == dovecot.event()", "false"),
        ("e.set_forced_debug", "nil"),
    ],
)
def test_object(evaluate: Evaluate, expression: str, shows: str) -> None:
    """
    An event is a table with methods, as in Dovecot 2.3.
    """
    assert evaluate(f"local e = dovecot.event() return {expression}") == shows


def test_event_of_nil(evaluate: Evaluate) -> None:
    """
    A parent that is nil is an argument, and a wrong one.
    """
    assert evaluate("dovecot.event(nil)") == "error: Bad argument #1, expected struct event got nil"


def test_passthrough_named(session: OpenSession) -> None:
    """
    A passthrough event has its parent's fields, and leaves its own to nobody.
    """
    running = session(
        "local e = dovecot.event():set_name('outer'):add_str('a', '1') "
        "e:passthrough_event():set_name('inner'):add_str('b', '2'):log_info('x') e:log_info('y')"
    )

    assert shown(running.effects) == [
        ("inner", {"a": "1", "b": "2"}),
        "info: lua: x",
        ("outer", {"a": "1"}),
        "info: lua: y",
    ]


MISUSE = [
    (
        "local p = dovecot.event():passthrough_event() p:log_info('x') p:log_info('y')",
        "luahost: a passthrough event was used again after its log call; this kills the process in Dovecot",
    ),
    (
        "local e = dovecot.event() e:passthrough_event() e:passthrough_event()",
        "luahost: Can't create multiple passthrough events - finish the earlier with a log call; "
        "this kills the process in Dovecot",
    ),
]


@pytest.mark.parametrize(("statements", "words"), MISUSE)
def test_passthrough_misuse(evaluate: Evaluate, statements: str, words: str, lua: str) -> None:
    """
    Where Dovecot would panic, the script gets a Lua error.
    """
    assert evaluate(statements, lua=lua) == f"error: {words}"


def test_passthrough_never_logged(session: OpenSession, lua: str) -> None:
    """
    A passthrough event that a function leaves unlogged kills the process when the transaction is over; the
    report names that function. Seen in 2.3.19.1.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_mailbox_create() dovecot.event():passthrough_event() end",
        lua=lua,
    )
    running.notify(MailboxCreate(mailbox="one"))
    running.notify(MailboxCreate(mailbox="two"))

    words = "dovecot_lua_notify_event_mailbox_create left a passthrough event without a log call"
    told = [
        (type(effect), effect.transaction) for effect in running.effects if effect.transaction is not None
    ]
    assert [killed.reason for killed in running.effects.of(ProcessKilled)] == [
        f"{words}; this kills the process in Dovecot"
    ] * 2
    assert told == [(kind, number) for number in (1, 2) for kind in (Call, Call, Call, ProcessKilled)]
