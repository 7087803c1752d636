"""
Every handler with every field of its event, as a script of the documented dialect sees it.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.effects import Call
from luahost.events import (
    EVENTS,
    FLAG_BITS,
    UINT32_MAX,
    Event,
    FlagsClear,
    FlagsSet,
    MessageAppend,
    MessageEvent,
    MessageNew,
    SavedMessageEvent,
)
from tests.conftest import OpenSession

SHOW_EVENTS = """
local show = require "show"
local function shown(ctx, event, user, ...)
  local same_user = rawequal(event.user, user) and rawequal(ctx, user) and select("#", ...) == 0
  event.user = same_user and "user" or "other"
  print(show(event))
end
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_end_txn() end
""" + "\n".join(f"{kind.handler} = shown" for kind in EVENTS)

SAVED: dict[str, Any] = {
    "date": 1560000000,
    "tz": -330,
    "from_": "=?utf-8?q?=C3=84lice?= <alice@example.org>",
    "to": "bob@example.org",
    "subject": "päivää",
    "snippet": "Hey guys",
    "message_id": "<1@example.org>",
    "from_address": "alice@example.org",
    "from_display_name": "Älice",
    "to_address": "bob@example.org",
    "to_display_name": "",
    "flags": ("\\Seen", "\\Answered"),
    "keywords": ("$Label1", "custom"),
}
SAVED_SHOWN = {
    "date": "1560000000",
    "tz": "-330",
    "from": '"=?utf-8?q?=C3=84lice?= <alice@example.org>"',
    "to": '"bob@example.org"',
    "subject": '"p\\xc3\\xa4iv\\xc3\\xa4\\xc3\\xa4"',
    "snippet": '"Hey guys"',
    "message_id": '"<1@example.org>"',
    "from_address": '"alice@example.org"',
    "from_display_name": '"\\xc3\\x84lice"',
    "to_address": '"bob@example.org"',
    "to_display_name": '""',
    "flags": '{"\\x5cAnswered", "\\x5cSeen"}',
    "keywords": '{"$Label1", "custom"}',
}

# By event: the fields that it has beside mailbox, uid and uid_validity, and how a script sees them.
FIELDS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "FlagsClear": (
        {
            "flags": ("\\Seen", "\\Flagged"),
            "flags_old": ("\\Recent", "\\Seen", "\\Flagged"),
            "keywords": ("gone",),
            "keywords_old": ("gone", "kept"),
        },
        {
            "flags": "10",
            "flags_old": '{"\\x5cFlagged", "\\x5cSeen", "\\x5cRecent"}',
            "keywords_clear": '{"gone"}',
            "keywords_old": '{"gone", "kept"}',
        },
    ),
    "FlagsSet": (
        {"flags": ("\\Draft", "\\Answered"), "keywords": ("new", "$Label1")},
        {"flags": "17", "keywords_set": '{"new", "$Label1"}'},
    ),
    "MailboxCreate": ({}, {}),
    "MailboxDelete": ({}, {}),
    "MailboxRename": ({"mailbox_old": "Old/Näme"}, {"mailbox_old": '"Old/N\\xc3\\xa4me"'}),
    "MailboxSubscribe": ({}, {}),
    "MailboxUnsubscribe": ({}, {}),
    "MessageAppend": (SAVED, SAVED_SHOWN),
    "MessageExpunge": ({}, {}),
    "MessageNew": (SAVED, SAVED_SHOWN),
    "MessageRead": ({}, {}),
    "MessageTrash": ({}, {}),
}


def place(kind: type[Event]) -> dict[str, Any]:
    """
    Mailbox, and UID and UIDVALIDITY where the event has them.
    """
    message = {"uid": UINT32_MAX, "uid_validity": 7} if issubclass(kind, MessageEvent) else {}
    return {"mailbox": "Work/Sub", **message}


def shown(kind: type[Event], fields: dict[str, str]) -> str:
    """
    The event table with these fields, as tests/lua/show.lua shows it.
    """
    table = {"name": f'"{kind.name}"', "mailbox": '"Work/Sub"', "user": '"user"'} | fields
    if issubclass(kind, MessageEvent):
        table |= {"uid": "4294967295", "uid_validity": "7"}
    return "{" + ", ".join(sorted(f"{name}={value}" for name, value in table.items())) + "}"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_every_field(session: OpenSession, kind: type[Event], lua: str) -> None:
    """
    A handler gets the context, the event with all its fields and the user, who is also in the event.
    """
    fields, expected = FIELDS[kind.name]
    running = session(SHOW_EVENTS, lua=lua)
    running.notify(kind(**place(kind), **fields))

    assert running.printed == [shown(kind, expected)]


DEFAULTS = {
    "FlagsClear": {"flags": "0", "flags_old": "{}", "keywords_clear": "{}", "keywords_old": "{}"},
    "FlagsSet": {"flags": "0", "keywords_set": "{}"},
    "MessageNew": {
        "date": "0",
        "tz": "0",
        "from": '""',
        "to": '""',
        "snippet": '""',
        "from_address": '""',
        "from_display_name": '""',
        "to_address": '""',
        "to_display_name": '""',
        "flags": "{}",
        "keywords": "{}",
    },
}
DEFAULTS["MessageAppend"] = DEFAULTS["MessageNew"]


@pytest.mark.parametrize("name", DEFAULTS)
def test_absent(session: OpenSession, name: str, lua: str) -> None:
    """
    What is not there is empty, ``subject`` and ``message_id`` are nil, and lists are never nil.
    """
    kind = next(kind for kind in EVENTS if kind.name == name)
    running = session(SHOW_EVENTS, lua=lua)
    running.notify(kind(**place(kind)))

    assert running.printed == [shown(kind, DEFAULTS[name])]


@pytest.mark.parametrize("flag", FLAG_BITS)
def test_bitmask(session: OpenSession, flag: str) -> None:
    """
    Each flag has Dovecot's bit, and counts once.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_flags_set(_, event) print(event.flags) end"
    )
    running.notify(FlagsSet(mailbox="INBOX", uid=1, uid_validity=1, flags=(flag, flag)))

    assert running.printed == [str(FLAG_BITS[flag])]


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
def test_integers(session: OpenSession, lua: str) -> None:
    """
    Where Lua knows integers, numbers are integers, as in the documents.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_message_new(_, e) for _, name in ipairs "
        "{ 'uid', 'uid_validity', 'date', 'tz' } do print(math.type(e[name])) end end",
        lua=lua,
    )
    running.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))

    assert running.printed == ["integer"] * 4


def test_fresh_table(session: OpenSession, lua: str) -> None:
    """
    Each call gets a table of its own, without a metatable.
    """
    running = session(
        "local before function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_flags_set(_, e) "
        "print(e == before, getmetatable(e), e.mine, #e.keywords_set) "
        "before = e e.mine = 1 e.keywords_set[1] = 'x' end",
        lua=lua,
    )
    event = FlagsSet(mailbox="INBOX", uid=1, uid_validity=1)
    running.notify(event, event)

    assert running.printed == ["false\tnil\tnil\t0"] * 2


def test_effect(session: OpenSession) -> None:
    """
    The effect of a call has the event as the script received it.
    """
    running = session(SHOW_EVENTS)
    running.notify(FlagsClear(mailbox="INBOX", uid=1, uid_validity=2, flags=("\\Seen",), keywords=("a",)))

    assert [call.event for call in running.effects.of(Call)] == [
        None,
        {
            "name": "FlagsClear",
            "mailbox": "INBOX",
            "uid": 1,
            "uid_validity": 2,
            "flags": 8,
            "flags_old": (),
            "keywords_clear": ("a",),
            "keywords_old": (),
            "user": {"mail_user": "bob"},
        },
        None,
    ]


@pytest.mark.parametrize("kind", [MessageNew, MessageAppend])
def test_huge_values(session: OpenSession, kind: type[SavedMessageEvent], lua: str) -> None:
    """
    A megabyte in one field and a thousand keywords are nothing special.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "
        "local function sizes(_, e) print(#e.subject, #e.keywords, e.keywords[1000]) end "
        f"{kind.handler} = sizes",
        lua=lua,
    )
    words = tuple(f"word{n}" for n in range(1000))
    running.notify(kind(mailbox="INBOX", uid=1, uid_validity=1, subject="x" * 2**20, keywords=words))

    assert running.printed == ["1048576\t1000\tword999"]
