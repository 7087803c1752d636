"""
Whatever an event holds in Python, its handler sees in Lua.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost.events import (
    EVENTS,
    FLAG_BITS,
    UINT32_MAX,
    Event,
    FlagsClear,
    FlagsSet,
    MailboxRename,
    MessageEvent,
    SavedMessageEvent,
)
from luahost.runtime import LUA_VERSIONS
from tests.conftest import WriteScript
from tests.core_session import CoreSession

ECHO = """
local function echo(_, event)
  local names = {}
  for name in pairs(event) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = event[name]
    if name == "user" then
      print(name, tostring(value))
    elseif type(value) == "table" then
      print(name, #value, table.concat(value, "\\0\\0"))
    else
      print(name, type(value), value)
    end
  end
end
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end
""" + "\n".join(f"{kind.handler} = echo" for kind in EVENTS)

# Any bytes at all, as Python carries them.
TEXT = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary()).map(
    lambda value: value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")
)
NAME = TEXT.filter(bool)
# No mailbox can be called otherwise, and the store says so.
MAILBOX = NAME.filter(lambda name: "//" not in name)
NUMBER = st.integers(1, UINT32_MAX)
FLAGS = st.lists(st.sampled_from(list(FLAG_BITS)), unique=True).map(tuple)
# The separator of the script above stands in no keyword.
KEYWORDS = st.lists(NAME.filter(lambda word: "\0" not in word), max_size=5).map(tuple)


def any_event(kind: type[Event]) -> st.SearchStrategy[Event]:
    """
    Events of this kind with any values.
    """
    fields: dict[str, st.SearchStrategy[Any]] = {"mailbox": MAILBOX}
    if issubclass(kind, MessageEvent):
        fields |= {"uid": NUMBER, "uid_validity": NUMBER}
    if issubclass(kind, MailboxRename):
        fields["mailbox_old"] = MAILBOX
    if issubclass(kind, FlagsSet | FlagsClear | SavedMessageEvent):
        fields |= {"flags": FLAGS, "keywords": KEYWORDS}
    if issubclass(kind, FlagsClear):
        fields |= {"flags_old": FLAGS, "keywords_old": KEYWORDS}
    if issubclass(kind, SavedMessageEvent):
        fields |= {"date": st.integers(-(2**31), 2**33), "tz": st.integers(-1440, 1440)}
        fields |= {"subject": st.none() | TEXT, "message_id": st.none() | TEXT}
        for name in ("from_", "to", "snippet", "from_address", "from_display_name"):
            fields[name] = TEXT
        for name in ("to_address", "to_display_name"):
            fields[name] = TEXT
    return st.builds(kind, **fields)


def echoed(event: Event) -> list[str]:
    """
    What the script above prints of an event.
    """

    def mask(flags: tuple[str, ...]) -> int:
        return sum(FLAG_BITS[flag] for flag in flags)

    def ordered(flags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(flags, key=list(FLAG_BITS).index))

    names = [field.name for field in dataclasses.fields(event)]
    seen: dict[str, Any] = {name: getattr(event, name) for name in names}
    match event:
        case FlagsSet():
            seen |= {"flags": mask(event.flags), "keywords_set": seen.pop("keywords")}
        case FlagsClear():
            seen |= {"flags": mask(event.flags), "keywords_clear": seen.pop("keywords")}
            seen["flags_old"] = ordered(event.flags_old)
        case SavedMessageEvent():
            seen |= {"flags": ordered(event.flags), "from": seen.pop("from_")}
    lines = {"name": f"string\t{event.name}", "user": "bob"}
    for name, value in seen.items():
        if isinstance(value, tuple):
            joined = "\0\0".join(value)
            lines[name] = f"{len(value)}\t{joined}"
        elif value is not None:
            lines[name] = f"{'string' if isinstance(value, str) else 'number'}\t{value}"
    return [f"{name}\t{line}" for name, line in sorted(lines.items())]


@pytest.mark.parametrize("version", LUA_VERSIONS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_python_says_is_what_lua_sees(script: WriteScript, version: str, data: st.DataObject) -> None:
    """
    Any event crosses unharmed: bytes that are no UTF-8, NULs, numbers of any size, lists of any length.
    """
    event = data.draw(st.sampled_from(EVENTS).flatmap(any_event))
    running = CoreSession(script(ECHO), lua=version)
    running.notify(event)

    assert running.printed == echoed(event)
