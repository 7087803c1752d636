"""
The list of drivers in ``plugin { }``. What 2.3 does with these settings was seen in Dovecot 2.3.19.1.
"""

from __future__ import annotations

import pytest

from luahost.dialects import DIALECTS
from luahost.drivers import DriverEntry
from luahost.drivers.listing import entries
from luahost.effects import Call, Log
from luahost.host import Host
from tests.conftest import WriteScript

REAL = DIALECTS["2.3"]


def texts(**settings: str) -> list[str | None]:
    """
    The options of the entries that 2.3 makes of settings, by their ends: ``driver2``, ``backend``.
    """
    named = {f"push_notification_{name}": value for name, value in settings.items()}
    return [entry.text for entry in entries(named, REAL)]


@pytest.mark.parametrize(
    ("value", "name", "options"),
    [
        ("dlog", "dlog", {}),
        ("DLOG", "DLOG", {}),
        ("dlog x", "dlog x", {}),
        ("dlog:", "dlog", {}),
        (":dlog", "", {"dlog": ""}),
        ("lua:file=/a.lua", "lua", {"file": "/a.lua"}),
        ("lua:file=/a.lua file=/b.lua", "lua", {"file": "/b.lua"}),
        ("lua:file=/b.lua x=y=z file", "lua", {"file": "", "x": "y=z"}),
        ("lua:  x   file=/b.lua ", "lua", {"x": "", "file": "/b.lua"}),
        ("lua:file=/b.lua\tx", "lua", {"file": "/b.lua\tx"}),
        ("lua:FILE=/a.lua", "lua", {"FILE": "/a.lua"}),
        ("ox:url=http://u:p@h:80/x", "ox", {"url": "http://u:p@h:80/x"}),
    ],
)
def test_value(value: str, name: str, options: dict[str, str]) -> None:
    """
    Driver, colon, options between blanks; keys and values are taken as they stand.
    """
    (found,) = entries({"push_notification_driver": value}, REAL)

    assert (found.name, found.options) == (name, options)
    assert found.text == (value.partition(":")[2] if ":" in value else None)


def test_names() -> None:
    """
    Settings are counted from 2 on, without a 1; a gap ends the list.
    """
    assert texts(driver1="d:1", driver="d:base", driver2="d:2", driver02="d:02", driver4="d:4") == [
        "base",
        "2",
    ]
    assert texts(driver2="d:2") == []
    assert texts(driver="d:1", **{f"driver{number}": f"d:{number}" for number in range(2, 13)}) == [
        str(number) for number in range(1, 13)
    ]
    assert entries({"push_notification_driver": "a", "push_notification_driver2": "b"}, REAL)[1].setting == (
        "push_notification_driver2"
    )


@pytest.mark.parametrize(
    ("settings", "real", "documented"),
    [
        ({"driver": "", "driver2": "d:2"}, [], ["2"]),
        ({"driver": "d:1", "driver2": "", "driver3": "d:3"}, ["1"], ["1", "3"]),
        ({"driver": "d:1", "driver3": "d:3"}, ["1"], ["1"]),
    ],
)
def test_empty(settings: dict[str, str], real: list[str], documented: list[str]) -> None:
    """
    An empty setting ends the list in Dovecot; by the documents only one that is not set does.
    """
    named = {f"push_notification_{name}": value for name, value in settings.items()}
    found = {name: [entry.text for entry in entries(named, DIALECTS[name])] for name in DIALECTS}

    assert found == {"documented": documented, "2.3": real, "2.4": real}


def test_old_series() -> None:
    """
    ``push_notification_backend`` and its numbers come last, to be tried if nothing else could be started.
    """
    settings = {"push_notification_backend": "dlog:b", "push_notification_backend2": "dlog:b2"}

    assert [(entry.text, entry.old_series) for entry in entries(settings, REAL)] == [
        ("b", True),
        ("b2", True),
    ]
    settings["push_notification_driver"] = "nosuch"
    assert [(entry.name, entry.old_series) for entry in entries(settings, REAL)] == [
        ("nosuch", False),
        ("dlog", True),
        ("dlog", True),
    ]


def test_run(script: WriteScript) -> None:
    """
    A list from settings runs; names of drivers are of any case, and a failed start names it as written.
    """
    good = script("function script_init() return 0 end", "good.lua")
    settings = {"push_notification_driver": f"LUA:file={good}", "push_notification_driver2": "Lua:file"}
    with Host(drivers=entries(settings, REAL), dialect="2.3").session("bob") as session:
        pass

    assert [(call.function, call.driver) for call in session.effects.of(Call)] == [
        ("script_init", "push_notification_driver")
    ]
    assert [(log.text, log.driver) for log in session.effects.of(Log)] == [
        ("Lua: access() failed: No such file or directory", "push_notification_driver2")
    ]


def test_file_of_an_entry() -> None:
    """
    An entry's script is 2.3's ``file``, even if it is empty, or 2.4's ``lua_file``.
    """
    files = {
        "none": DriverEntry(name="lua").file,
        "2.3": DriverEntry(name="lua", options={"file": "/a"}).file,
        "2.3 empty": DriverEntry(name="lua", options={"file": ""}).file,
        "2.4": DriverEntry(name="lua", options={"lua_file": "/b"}).file,
        "2.4 empty": DriverEntry(name="lua", options={"lua_file": ""}).file,
    }

    assert files == {"none": None, "2.3": "/a", "2.3 empty": "", "2.4": "/b", "2.4 empty": None}
