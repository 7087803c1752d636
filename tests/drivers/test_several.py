"""
Several drivers in one session: how they disturb each other in Dovecot, and how they do not by the documents.

What the real dialects do here was seen in Dovecot 2.3.19.1, with scripts like these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from luahost.drivers import DriverEntry
from luahost.effects import Call
from luahost.events import Event, FlagsClear, FlagsSet, MailboxCreate, MessageNew, MessageRead
from luahost.host import Host
from tests.conftest import WriteScript
from tests.drivers.several_session import entries_for, handling, said

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi")
CREATE = MailboxCreate(mailbox="Work")
REAL = ("2.3", "2.4")

MESSAGE: dict[str, Any] = {"mailbox": "INBOX", "uid": 1, "uid_validity": 7}


def clear(**data: Any) -> FlagsClear:
    """
    FlagsClear of the first message.
    """
    return FlagsClear(**MESSAGE, **data)


def set_(**data: Any) -> FlagsSet:
    """
    FlagsSet of the first message.
    """
    return FlagsSet(**MESSAGE, **data)


RunDrivers = Callable[..., list[str]]


@pytest.fixture
def run(script: WriteScript) -> RunDrivers:
    """
    ``run(dialect, scripts, events)``: what a transaction of these events brings, with a Lua driver for each
    script, named ``a``, ``b``, ``c``. Begin and end are left out.
    """

    def run_drivers(dialect: str, scripts: Sequence[str], *events: Event) -> list[str]:
        entries = [
            DriverEntry(name="lua", options={"file": script(text, f"{name}.lua")}, setting=name)
            for name, text in zip("abc", scripts, strict=False)
        ]
        with Host(drivers=entries, dialect=dialect, http="deny").session("bob") as session:
            session.notify(*events)
        return [line for line in said(session) if line[1:] not in (": begin", ": end", ": deinit")]

    return run_drivers


def test_order(script: WriteScript) -> None:
    """
    Begin, end and script_deinit go driver by driver; in between each message does.
    """
    text = handling("message_new")
    with Host(drivers=entries_for(script, a=text, b=text), dialect="2.3").session("bob") as session:
        assert session.loaded
        session.notify(NEW, MessageNew(mailbox="INBOX", uid=2, uid_validity=7))

    assert said(session) == [
        "a: begin",
        "b: begin",
        "a: MessageNew",
        "b: MessageNew",
        "a: MessageNew",
        "b: MessageNew",
        "a: end",
        "b: end",
        "a: deinit",
        "b: deinit",
    ]


def test_all_of_a_message_at_once(run: RunDrivers) -> None:
    """
    A driver hears all of a message before the next driver hears of it.
    """
    text = handling("flags_set", "message_read")
    seen = MessageRead(mailbox="INBOX", uid=1, uid_validity=7)

    told = run("2.4", [text, text], set_(flags=("\\Seen",)), seen)

    assert [line.partition(" keywords")[0] for line in told] == [
        "a: FlagsSet",
        "a: MessageRead",
        "b: FlagsSet",
        "b: MessageRead",
    ]


@pytest.mark.parametrize("dialect", REAL)
@pytest.mark.parametrize("drivers", [2, 3])
def test_mailbox_events_multiply(run: RunDrivers, dialect: str, drivers: int) -> None:
    """
    Each driver hears of a mailbox once for every driver that handles the event, itself included.
    """
    told = run(dialect, [handling("mailbox_create")] * drivers, CREATE)

    assert [line[0] for line in told] == [name for name in "abc"[:drivers] for _ in range(drivers)]


@pytest.mark.parametrize("dialect", REAL)
@pytest.mark.parametrize("event", [CREATE, NEW, MessageRead(**MESSAGE)])
def test_events_of_other_drivers(run: RunDrivers, dialect: str, event: Event) -> None:
    """
    A script hears of what only another one handles, and it is logged that it has no such function.
    """
    name = event.handler.removeprefix("dovecot_lua_notify_event_")

    told = run(dialect, [handling("flags_set"), handling(name)], event)

    assert told[0] == f"a: lua: '{event.handler}' is not a function"
    assert [line.partition(" keywords")[0] for line in told[1:]] == [f"b: {event.name}"]


@pytest.mark.parametrize("dialect", REAL)
def test_nobody_handles_it(run: RunDrivers, dialect: str) -> None:
    """
    What no script handles is told to none.
    """
    assert run(dialect, [handling("message_new"), handling("flags_set")], CREATE) == []


def test_handled_by_a_driver_whose_begin_failed(run: RunDrivers) -> None:
    """
    A script whose begin_txn raises hears no more, but what it handles is recorded for the others.
    """
    failing = handling("mailbox_create") + "\nfunction dovecot_lua_notify_begin_txn() error('boom', 0) end"

    told = run("2.3", [failing, handling("message_new")], CREATE)

    assert "lua_pcall(dovecot_lua_notify_begin_txn, 1, 1) failed: boom" in told[0]
    assert told[1] == "b: lua: 'dovecot_lua_notify_event_mailbox_create' is not a function"


@pytest.mark.parametrize("dialect", REAL)
def test_keywords_multiply(run: RunDrivers, dialect: str) -> None:
    """
    Each driver that handles an event of flags adds the keywords again.
    """
    both = handling("flags_clear", "flags_set")
    events = (clear(keywords=("kw2",), keywords_old=("kw1", "kw2")), set_(keywords=("kw3",)))

    assert run(dialect, [both, both], *events) == [
        "a: FlagsClear keywords=kw2,kw2 keywords_old=kw1,kw2,kw1,kw2",
        "a: FlagsSet keywords=kw3,kw3",
        "b: FlagsClear keywords=kw2,kw2 keywords_old=kw1,kw2,kw1,kw2",
        "b: FlagsSet keywords=kw3,kw3",
    ]
    assert run(dialect, [handling("flags_clear"), both], *events)[2:] == [
        "b: FlagsClear keywords=kw2,kw2 keywords_old=kw1,kw2,kw1,kw2",
        "b: FlagsSet keywords=kw3",
    ]


@pytest.mark.parametrize(
    ("events", "order"),
    [
        (
            (clear(flags_old=("\\Recent",)), set_(flags=("\\Seen",)), MessageRead(**MESSAGE)),
            ["FlagsSet", "FlagsClear", "MessageRead"],
        ),
        ((clear(flags=("\\Flagged",), keywords=("kw2",)), set_()), ["FlagsClear", "FlagsSet"]),
        ((clear(keywords=("kw1",)), set_(keywords=("kw3",))), ["FlagsSet", "FlagsClear"]),
    ],
)
def test_order_of_flag_events(run: RunDrivers, events: Sequence[Event], order: list[str]) -> None:
    """
    Within a message, what the first driver handles comes first; but changes of flags before those of
    keywords.
    """
    every = handling("flags_clear", "flags_set", "message_read", "message_trash")

    told = run("2.3", [handling("flags_set"), every], *events)

    assert [line.partition(" keywords")[0] for line in told if line.startswith("b: ")] == [
        f"b: {one}" for one in order
    ]


def test_documented_drivers_are_independent(run: RunDrivers) -> None:
    """
    By the documents each driver hears what it handles, once, and nothing else.
    """
    told = run(
        "documented",
        [handling("mailbox_create", "flags_set"), handling("mailbox_create"), handling("message_new")],
        CREATE,
        set_(keywords=("kw1",)),
    )

    assert [line.partition(" keywords")[0] for line in told] == [
        "a: MailboxCreate",
        "b: MailboxCreate",
        "a: FlagsSet",
    ]


def test_the_same_script_twice(script: WriteScript) -> None:
    """
    Two drivers with one script have two states.
    """
    path = script(
        "n = 0 " + handling() + " function dovecot_lua_notify_event_message_new() n = n + 1 print(n) end"
    )
    entries = [DriverEntry(name="lua", options={"file": path}, setting=name) for name in "ab"]
    with Host(drivers=entries, dialect="2.3").session("bob") as session:
        session.notify(NEW)
        session.notify(NEW)

    assert [line for line in said(session) if line[3:].isdigit()] == ["a: 1", "b: 1", "a: 2", "b: 2"]


def test_settings_of_each(script: WriteScript) -> None:
    """
    In 2.4 each script_init gets its driver's lua_settings; the host's where a driver has none.
    """
    path = script("function script_init(s) print(s.a, s.b) end " + handling("message_new"))
    entries = [
        DriverEntry(name="lua", options={"lua_file": path}, setting="one", lua_settings={"a": "1"}),
        DriverEntry(name="lua", options={"lua_file": path}, setting="two"),
    ]
    with Host(drivers=entries, settings={"b": "2"}, dialect="2.4").session("bob") as session:
        pass

    assert said(session)[:2] == ["one: 1\tnil", "two: nil\t2"]
    assert [call.settings for call in session.effects.of(Call)][:2] == [{"a": "1"}, {"b": "2"}]


def test_alone_without_a_label(script: WriteScript) -> None:
    """
    The effects of a driver that is alone do not name it.
    """
    entries = entries_for(script, a=handling("message_new"))
    with Host(drivers=entries, dialect="2.3").session("bob") as session:
        session.notify(NEW)

    assert {effect.driver for effect in session.effects} == {None}
