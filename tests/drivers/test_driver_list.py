"""
Lists of drivers: which of them start, and what is said of those that do not.

What the real dialects do here was seen in Dovecot 2.3.19.1, with scripts like these.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from luahost.drivers import DriverEntry
from luahost.effects import Print
from luahost.errors import UsageError
from luahost.events import MessageNew
from luahost.host import Host
from tests.conftest import WriteScript
from tests.drivers.several_session import entries_for, handling, said

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi")

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


def test_script_or_drivers(script: WriteScript) -> None:
    """
    A host takes one of the two.
    """
    options: list[dict[str, Any]] = [{}, {"script": script(""), "drivers": []}]
    for arguments in options:
        with pytest.raises(UsageError, match="a script or drivers"):
            Host(**arguments)
