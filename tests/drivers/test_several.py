"""
Several drivers in one session: how they disturb each other in Dovecot, and how they do not by the documents.

What the real dialects do here was seen in Dovecot 2.3.19.1, with scripts like these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from luahost.drivers import DriverEntry
from luahost.effects import Call, Log, Print
from luahost.errors import UsageError
from luahost.events import Event, FlagsClear, FlagsSet, MailboxCreate, MessageNew, MessageRead
from luahost.host import Host, Session
from tests.conftest import WriteScript

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


SHOW = """
local function show(e)
  local words = { e.name }
  for _, name in ipairs({ "keywords", "keywords_old" }) do
    words[#words + 1] = e[name] and e[name][1] and name .. "=" .. table.concat(e[name], ",") or nil
  end
  print(table.concat(words, " "))
end
function dovecot_lua_notify_begin_txn(user) print("begin") return user end
function dovecot_lua_notify_end_txn(ctx, success) print("end") end
function script_deinit() print("deinit") end
"""


def handling(*events: str) -> str:
    """
    A script with handlers for these events, each of which prints what it got.
    """
    handlers = [f"function dovecot_lua_notify_event_{event}(ctx, e) show(e) end" for event in events]
    return "\n".join([SHOW, *handlers])


RunDrivers = Callable[..., list[str]]


def said(session: Session) -> list[str]:
    """
    What the scripts printed and what was logged, each behind its driver.
    """
    found = []
    for effect in session.effects:
        match effect:
            case Print():
                found.append(f"{effect.driver}: {effect.text.rstrip()}")
            case Log():
                found.append(f"{effect.driver}: {effect.text}")
    return found


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


def entries_for(script: WriteScript, **texts: str) -> list[DriverEntry]:
    """
    A Lua driver for each script, by the name of its setting.
    """
    return [
        DriverEntry(name="lua", options={"file": script(text, f"{name}.lua")}, setting=name)
        for name, text in texts.items()
    ]


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


UNKNOWN = {
    "documented": "Unknown push notification driver: Nosuch",
    "2.3": "Unknown push notification driver: Nosuch",
    "2.4": "Unable to identify push notification driver 'Nosuch': Name does not match any registered drivers",
}


@pytest.mark.parametrize("dialect", UNKNOWN)
def test_unknown_driver(script: WriteScript, dialect: str) -> None:
    """
    A driver that does not exist is logged with its name as written. In Dovecot those after it are not
    started either; those before it stay.
    """
    text = handling("message_new")
    before, after = entries_for(script, a=text, c=text)
    entries = [before, DriverEntry(name="Nosuch", setting="b"), after]
    with Host(drivers=entries, dialect=dialect).session("bob") as session:
        assert not session.loaded
        session.notify(NEW)

    assert said(session)[0] == f"b: {UNKNOWN[dialect]}"
    assert [line for line in said(session) if "begin" in line] == (
        ["a: begin", "c: begin"] if dialect == "documented" else ["a: begin"]
    )


def test_drivers_that_are_not_tried(script: WriteScript) -> None:
    """
    A session says which drivers Dovecot does not come to.
    """
    path = script(handling("message_new"), "a.lua")
    entries = [
        DriverEntry(name="nosuch", setting="a"),
        DriverEntry(name="lua", options={"file": path}, setting="b"),
        DriverEntry(name="dlog", setting="c"),
    ]
    for dialect, skipped in (("2.3", ["b", "c"]), ("documented", [])):
        with Host(drivers=entries, dialect=dialect).session("bob") as session:
            assert session.drivers_skipped == skipped


def test_driver_whose_plugin_is_not_loaded(script: WriteScript) -> None:
    """
    A driver that is there, but whose plugin Dovecot did not load, is unknown.
    """
    path = script(handling("message_new"), "a.lua")
    entry = DriverEntry(name="lua", options={"file": path}, registered=False)
    with Host(drivers=[entry], dialect="2.3").session("bob") as session:
        assert not session.loaded

    assert said(session) == ["None: Unknown push notification driver: lua"]


def test_first_failing_driver_ends_the_list(script: WriteScript, tmp_path: Path) -> None:
    """
    A script that cannot be loaded keeps later drivers from starting, in Dovecot.
    """
    missing = DriverEntry(name="lua", options={"file": str(tmp_path / "nosuch.lua")}, setting="a")
    entries = [missing, *entries_for(script, b=handling("message_new"))]
    told = {}
    for dialect in ("documented", "2.3"):
        with Host(drivers=entries, dialect=dialect).session("bob") as session:
            assert session.script_missing
            session.notify(NEW)
        told[dialect] = [line.partition(" keywords")[0] for line in said(session)]

    failed = f"a: lua: access({tmp_path}/nosuch.lua) failed: No such file or directory"
    assert told["2.3"] == [failed]
    assert told["documented"] == [failed, "b: begin", "b: MessageNew", "b: end", "b: deinit"]


def test_old_series(script: WriteScript) -> None:
    """
    Entries of the old series are started only if no other could be.
    """
    text = handling("message_new")
    (old,) = entries_for(script, old=text)
    old = replace(old, old_series=True)
    (new,) = entries_for(script, new=text)
    started = {}
    for name, entries in {
        "both": [new, old],
        "old": [old],
        "new fails": [DriverEntry(name="nosuch"), new, old],
    }.items():
        with Host(drivers=entries, dialect="2.3").session("bob") as session:
            session.notify(NEW)
        started[name] = [effect.driver for effect in session.effects.of(Print) if effect.text == "begin\n"]

    assert started == {"both": ["new"], "old": [None], "new fails": ["old"]}


def test_2_4_does_not_start_without_the_script(tmp_path: Path) -> None:
    """
    Where Dovecot 2.4 does not start, there is no host; with a script of its own there is one.
    """
    path = str(tmp_path / "nosuch.lua")
    entries = [DriverEntry(name="lua", options={"lua_file": path}, setting="push_notification one")]

    with pytest.raises(UsageError) as caught:
        Host(drivers=entries, dialect="2.4")
    assert f"lua_file: open({path}) failed: No such file or directory" in str(caught.value)
    assert "push_notification one" in str(caught.value)

    with Host(path, dialect="2.4").session("bob") as session:
        assert session.script_missing


def test_no_driver() -> None:
    """
    An empty list is fine: nothing is called.
    """
    with Host(drivers=[], dialect="2.3", debug=True).session("bob") as session:
        assert session.loaded
        session.notify(NEW)

    assert said(session) == ["None: push-notification: Push notification transaction completed"]


def test_alone_without_a_label(script: WriteScript) -> None:
    """
    The effects of a driver that is alone do not name it.
    """
    entries = entries_for(script, a=handling("message_new"))
    with Host(drivers=entries, dialect="2.3").session("bob") as session:
        session.notify(NEW)

    assert {effect.driver for effect in session.effects} == {None}


def test_script_or_drivers(script: WriteScript) -> None:
    """
    A host takes one of the two.
    """
    options: list[dict[str, Any]] = [{}, {"script": script(""), "drivers": []}]
    for arguments in options:
        with pytest.raises(UsageError, match="a script or drivers"):
            Host(**arguments)
