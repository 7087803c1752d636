"""
The twelve events: names, order, and what is refused.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from luahost.events import (
    EVENTS,
    FLAG_BITS,
    Event,
    FlagsSet,
    MailboxEvent,
    MessageEvent,
    MessageNew,
    handler_name,
)

HANDLERS = {
    "FlagsClear": "dovecot_lua_notify_event_flags_clear",
    "FlagsSet": "dovecot_lua_notify_event_flags_set",
    "MailboxCreate": "dovecot_lua_notify_event_mailbox_create",
    "MailboxDelete": "dovecot_lua_notify_event_mailbox_delete",
    "MailboxRename": "dovecot_lua_notify_event_mailbox_rename",
    "MailboxSubscribe": "dovecot_lua_notify_event_mailbox_subscribe",
    "MailboxUnsubscribe": "dovecot_lua_notify_event_mailbox_unsubscribe",
    "MessageAppend": "dovecot_lua_notify_event_message_append",
    "MessageExpunge": "dovecot_lua_notify_event_message_expunge",
    "MessageNew": "dovecot_lua_notify_event_message_new",
    "MessageRead": "dovecot_lua_notify_event_message_read",
    "MessageTrash": "dovecot_lua_notify_event_message_trash",
}

OF_MESSAGE = {
    "FlagsClear",
    "FlagsSet",
    "MessageAppend",
    "MessageExpunge",
    "MessageNew",
    "MessageRead",
    "MessageTrash",
}

MESSAGE_EVENTS = [kind for kind in EVENTS if kind.name in OF_MESSAGE]


def required(kind: type[Event]) -> dict[str, Any]:
    """
    The fields without which the event cannot be made.
    """
    fields: dict[str, Any] = {"mailbox": "INBOX"}
    if issubclass(kind, MessageEvent):
        fields |= {"uid": 1, "uid_validity": 7}
    if kind.name == "MailboxRename":
        fields["mailbox_old"] = "Old"
    return fields


def test_order() -> None:
    """
    The events stand in the order in which Dovecot looks for their handlers.
    """
    assert [kind.name for kind in EVENTS] == list(HANDLERS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_handler(kind: type[Event]) -> None:
    """
    A handler is called as its event, each capital as an underscore and its lower case.
    """
    assert kind.handler == handler_name(kind.name) == HANDLERS[kind.name]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_level(kind: type[Event]) -> None:
    """
    Five events are about a mailbox, seven about a message in it.
    """
    assert issubclass(kind, MessageEvent if kind.name in OF_MESSAGE else MailboxEvent)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_frozen(kind: type[Event]) -> None:
    """
    What happened does not change.
    """
    event = kind(**required(kind))

    with pytest.raises(FrozenInstanceError):
        event.mailbox = "Other"  # type: ignore[misc]
    assert event == kind(**required(kind))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("mailbox", ["", None, b"INBOX", 5])
def test_mailbox_needs_a_name(kind: type[Event], mailbox: Any) -> None:
    """
    An event without the name of a mailbox cannot be made.
    """
    with pytest.raises(ValueError, match=f"{kind.name}: mailbox is a name"):
        kind(**required(kind) | {"mailbox": mailbox})


@pytest.mark.parametrize("mailbox_old", ["", None, b"INBOX", 5])
def test_old_name_is_a_name(mailbox_old: Any) -> None:
    """
    A renamed mailbox had a name before.
    """
    kind = next(kind for kind in EVENTS if kind.name == "MailboxRename")

    with pytest.raises(ValueError, match="MailboxRename: mailbox_old is a name"):
        kind(**required(kind) | {"mailbox_old": mailbox_old})


@pytest.mark.parametrize("kind", MESSAGE_EVENTS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("field", ["uid", "uid_validity"])
@pytest.mark.parametrize("number", [0, -1, 2**32, 1.0, "1", True, None])
def test_numbers(kind: type[Event], field: str, number: Any) -> None:
    """
    UID and UIDVALIDITY are numbers that IMAP can say.
    """
    with pytest.raises(ValueError, match=f"{kind.name}: {field} is a number from 1 to 4294967295"):
        kind(**required(kind) | {field: number})


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("FlagsSet", "flags"),
        ("FlagsClear", "flags"),
        ("FlagsClear", "flags_old"),
        ("MessageNew", "flags"),
        ("MessageAppend", "flags"),
    ],
)
@pytest.mark.parametrize("flags", [("Seen",), ("\\seen",), ("\\Seen", "custom")])
def test_unknown_flags(name: str, field: str, flags: tuple[str, ...]) -> None:
    r"""
    Only Dovecot's six system flags are flags, in its own spelling.
    """
    kind = next(kind for kind in EVENTS if kind.name == name)

    with pytest.raises(ValueError, match=f"{name}: .* in {field} is none of"):
        kind(**required(kind) | {field: flags})


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("FlagsSet", "keywords"),
        ("FlagsClear", "keywords"),
        ("FlagsClear", "keywords_old"),
        ("MessageNew", "keywords"),
        ("MessageAppend", "keywords"),
    ],
)
def test_one_name_is_no_list(name: str, field: str) -> None:
    """
    One keyword by itself would be taken for a list of letters.
    """
    kind = next(kind for kind in EVENTS if kind.name == name)

    with pytest.raises(ValueError, match=f"{name}: {field} is a list of names"):
        kind(**required(kind) | {field: "custom"})


def test_flag_bits() -> None:
    """
    The bits are those of Dovecot's own enum.
    """
    assert list(FLAG_BITS.items()) == [
        ("\\Answered", 1),
        ("\\Flagged", 2),
        ("\\Deleted", 4),
        ("\\Seen", 8),
        ("\\Draft", 16),
        ("\\Recent", 32),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": 1.5}, "date is a whole number up to 2^53, not 1.5"),
        ({"date": 2**60}, f"date is a whole number up to 2^53, not {2**60}"),
        ({"tz": True}, "tz is a whole number up to 2^53, not True"),
        ({"subject": b"Hi"}, "subject is text or None, not b'Hi'"),
        ({"from_": None}, "from_ is text, not None"),
        ({"keywords": [1]}, "keywords is a list of names, not [1]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_once(fields: dict[str, Any], words: str) -> None:
    """
    A mistake shows where the event is made, not where a script is called.
    """
    with pytest.raises(ValueError) as caught:
        MessageNew(mailbox="INBOX", uid=1, uid_validity=7, **fields)

    assert str(caught.value) == f"MessageNew: {words}"


def test_lists_become_tuples() -> None:
    """
    A list will do where a tuple is meant; the event keeps a tuple that nobody can change.
    """
    lists: dict[str, Any] = {"flags": ["\\Seen"], "keywords": ["a"]}

    event = FlagsSet(mailbox="INBOX", uid=1, uid_validity=7, **lists)

    assert (event.flags, event.keywords) == (("\\Seen",), ("a",))
