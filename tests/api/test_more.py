"""
What Dovecot 2.4 has in ``dovecot`` and 2.3 has not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from luahost import Host
from luahost.api.more import net_ip_family
from luahost.effects import Log, Print
from luahost.events import MailboxCreate
from tests.conftest import WriteScript

Run = Callable[[str, str], tuple[list[str], list[str]]]


@pytest.fixture
def run(script: WriteScript, lua: str) -> Run:
    """
    Runs statements in a handler: what they printed, and what they logged.
    """

    def run(dialect: str, statements: str) -> tuple[list[str], list[str]]:
        path = script(
            "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
            f"function dovecot_lua_notify_event_mailbox_create() {statements} end"
        )
        with Host(path, dialect=dialect, lua=lua, trusted=True).session("bob") as session:
            session.notify(MailboxCreate(mailbox="Work"))
        printed = [effect.text.rstrip("\n") for effect in session.effects.of(Print)]
        return printed, [f"{log.level}: {log.text}" for log in session.effects.of(Log)]

    return run


ESCAPES = [
    ("tabescape('a\\tb\\nc\\rd\\1e')", "a\\1tb\\1nc\\1rd\\0011e"),
    ("tabescape('cut\\0off')", "cut"),
    ("tabunescape('a\\1tb\\1nc\\1rd\\0011e')", "a\\tb\\nc\\rd\\1e"),
    ("tabunescape('a\\1xb\\1')", "axb"),
    ("tabunescape('a\\0010b')", "a"),
]


@pytest.mark.parametrize(("call", "expected"), ESCAPES)
def test_escapes(run: Run, call: str, expected: str) -> None:
    """
    Byte 1 escapes what would end a field or a line; texts end at a NUL.
    """
    assert run("2.4", f"print(dovecot.{call} == '{expected}')")[0] == ["true"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [("", "0"), ("one", "1 one"), ("\\t", "2  "), ("a\\tb\\1tc\\t\\td", "4 a b\tc  d")],
)
def test_split(run: Run, text: str, fields: str) -> None:
    """
    Fields are split at tabs and then unescaped; no text has no fields.
    """
    statements = (
        f"local f = dovecot.split_tabescaped('{text}') "
        "print(#f .. (#f > 0 and ' ' or '') .. table.concat(f, ' '))"
    )

    assert run("2.4", statements)[0] == [fields]


@pytest.mark.parametrize(
    ("address", "family"),
    [
        ("", 0),
        ("192.0.2.1", 4),
        ("1.2.3", 4),
        ("5", 4),
        ("::1", 6),
        ("[::1]", 6),
        ("[::1", 0),
        ("::ffff:192.0.2.1", 6),
        ("256.1.1.1", 0),
        ("192.0.2.1 ", 0),
        ("192.0.2.1\nx", 0),
        ("fe80::1%lo", 6),
        ("[fe80::1%lo]", 6),
        ("::1%1", 6),
        ("fe80::1%nosuch", 0),
        ("::1%", 0),
        ("192.0.2.1%lo", 0),
        ("example.org", 0),
    ],
)
def test_net_ip_family(address: str, family: int) -> None:
    """
    Old short forms are IPv4, and an IPv6 address may stand in brackets and have a zone.
    """
    assert net_ip_family(address) == family


def test_times(run: Run) -> None:
    """
    The three clocks agree.
    """
    statements = (
        "local t, n = dovecot.gettimeofday(1), dovecot.nanoseconds() "
        "print(t.tv_sec, t.tv_usec < 1000000, math.abs(n / 1e9 - dovecot.microseconds() / 1e6) < 60)"
    )
    seconds, rest = run("2.4", statements)[0][0].split("\t", 1)

    assert rest == "true\ttrue"
    assert abs(float(seconds) - time.time()) < 60


@pytest.mark.parametrize(("dialect", "expected"), [("2.3", "nil\tnil"), ("2.4", "4.0\t5.0")])
def test_constants(run: Run, dialect: str, expected: str) -> None:
    """
    The tables of constants are 2.4's; numbers are floats.
    """
    statements = (
        "local dict, client = dovecot.dict or {}, dovecot.doveadm_client or {} "
        "print(dict.ITERATE_FLAG_SORT_BY_VALUE, client.DOVEADM_PROXY_TTL)"
    )
    [shown] = run(dialect, statements)[0]

    assert shown in (expected, expected.replace(".0", ""))


def test_forced_debug(run: Run) -> None:
    """
    An event's debug lines are written while they are forced, and those of children that were made meanwhile.
    """
    statements = (
        "local e = dovecot.event() local elder = dovecot.event(e) e:log_debug('before') e:set_forced_debug() "
        "e:log_debug('forced') elder:log_debug('elder') "
        "local child = dovecot.event(e) child:log_debug('child') "
        "e:unset_forced_debug():log_debug('after') child:log_debug('still')"
    )

    assert run("2.4", statements)[1] == ["debug: lua: forced", "debug: lua: child", "debug: lua: still"]
