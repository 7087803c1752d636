"""
Transactions that are plainly right, read at a glance by msgspec.

msgspec reads JSON into types in C, some ten times as fast as :mod:`~luahost.sources.transaction_schema` reads
it. The types here are stricter than that reader: what they let through it would take, with the same result.
What they do not let through is not therefore wrong; then the reader is asked, which knows more ways to write
something, the exact place and better words.

For servers and long recordings: to import it takes as long as to read some hundred transactions without it.
"""

from __future__ import annotations

import functools
import json
import operator
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from luahost import dataclass as dataclasses
from luahost.events import EVENTS, EXACT_MAX, FLAG_BITS, UINT32_MAX, Event, MailboxRename
from luahost.sources.transaction_schema import (
    VERSION,
    VERSION_KEY,
    RecordedStatus,
    RecordedTransaction,
    recorded_transaction,
)
from luahost.store import MailboxError
from luahost.store.mailbox_names import checked_name
from luahost.store.metadata_keys import SCOPES

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=UINT32_MAX)]
_Uid = Annotated[int, msgspec.Meta(ge=1, le=UINT32_MAX)]
_Whole = Annotated[int, msgspec.Meta(ge=-EXACT_MAX, le=EXACT_MAX)]
_Key = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{'|'.join(map(re.escape, SCOPES))})")]
_Flag: Any = Literal[tuple(FLAG_BITS)]

_EVENT_TYPES: dict[str, Any] = {
    **dict.fromkeys(("uid", "uid_validity"), _Uid),
    **dict.fromkeys(("date", "tz"), _Whole),
    **dict.fromkeys(("flags", "flags_old"), tuple[_Flag, ...]),
    **dict.fromkeys(("keywords", "keywords_old"), tuple[str, ...]),
}
"""By field of an event; all others are text."""

_MAILBOXES = ("mailbox", "mailbox_old")
_NOT_RECORDED = "headers"
_NOT_PLAIN = (msgspec.MsgspecError, MailboxError, UnicodeError, RecursionError)


def _written(kind: type[Event]) -> type[msgspec.Struct]:
    """
    An event of this kind as it is written. Python has another use for the word "from".
    """
    members: list[Any] = []
    for each in dataclasses.fields(kind):
        if each.name != _NOT_RECORDED:
            member = (each.name, _EVENT_TYPES.get(each.name, str))
            may_lack = each.default is not dataclasses.MISSING
            members.append((*member, each.default) if may_lack else member)
    return msgspec.defstruct(
        kind.name,
        members,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field="name",
        tag=kind.name,
        rename={"from_": "from"},
        gc=False,
    )


_values: Callable[[msgspec.Struct], tuple[Any, ...]] = msgspec.structs.astuple


def _becomes(kind: type[Event]) -> Callable[[Any], Event]:
    """
    What makes an event of one that is written. All that the event would look at is looked at by then, so it
    is made without: that costs ten times as much. As Python sets what is written out four times as fast as
    what is named in a loop, the function is made of text.
    """
    names = [each.name for each in dataclasses.fields(kind)]
    lines = [
        "event = make(thawed)",
        f"{', '.join(f'event.{name}' for name in names if name != _NOT_RECORDED)}, = values(written)",
        *(f"event.{name} = checked_name(event.{name})" for name in names if name in _MAILBOXES),
        *(f"event.{name} = None" for name in names if name == _NOT_RECORDED),
        "event.__class__ = kind",
        "return event",
    ]
    # Of the same layout, and not frozen: an object may change from one to the other.
    own = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    thawed = type(f"Thawed{kind.__name__}", (kind,), own)
    known: dict[str, Any] = {"kind": kind, "thawed": thawed, "make": object.__new__, "values": _values}
    known["checked_name"] = checked_name
    exec("\n ".join(("def become(written):", *lines)), known)
    become: Callable[[Any], Event] = known["become"]
    return become


_WRITTEN: dict[type[Event], Any] = {kind: _written(kind) for kind in EVENTS}
_RENAME = _WRITTEN[MailboxRename]
_BECOMES = {written: _becomes(kind) for kind, written in _WRITTEN.items()}
_Event: Any = functools.reduce(operator.or_, _WRITTEN.values())

_Absent: Any = msgspec.UNSET


class _User(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    username: _Text
    # What is absent was absent; only scenarios have a session of luahost's choice.
    session_id: str = None  # type: ignore[assignment]
    home: str = _Absent
    uid: _Count = _Absent
    gid: _Count = _Absent
    service: str = _Absent
    session_create_time: _Count = _Absent
    nonexistent: bool = _Absent
    anonymous: bool = _Absent
    autocreated: bool = _Absent
    mail_debug: bool = _Absent
    fuzzy_search: bool = _Absent
    dsyncing: bool = _Absent
    admin: bool = _Absent
    session_restored: bool = _Absent


_Status = msgspec.defstruct(
    "_Status",
    [
        (each.name, _Uid if each.name in ("uid_next", "uid_validity") else _Count, None)
        for each in dataclasses.fields(RecordedStatus)
    ],
    forbid_unknown_fields=True,
    gc=False,
)

_Transaction: Any = msgspec.defstruct(
    "_Transaction",
    [
        (VERSION_KEY, Literal[VERSION]),
        ("user", _User),
        ("events", Annotated[list[_Event], msgspec.Meta(min_length=1)]),
        ("success", bool),
        ("mailboxes", dict[str, _Status], {}),  # type: ignore[valid-type]
        ("metadata", dict[_Key, str], {}),
        ("dialect", str, None),
        ("time", int | float, None),
        ("hidden", bool, False),
    ],
    forbid_unknown_fields=True,
    gc=False,
)

_decode: Callable[[bytes], Any] = msgspec.json.Decoder(_Transaction).decode
_present: Callable[[msgspec.Struct], dict[str, Any]] = msgspec.to_builtins


def read_transaction(written: bytes) -> RecordedTransaction:
    """
    The transaction that JSON says, as the table of readers has it.

    Raises:
        SchemaError: It is none.

        ValueError, RecursionError: It is no JSON.
    """
    try:
        found = _decode(written)
        statuses = found.mailboxes.items()
        return RecordedTransaction(
            user=_present(found.user),
            events=tuple([_BECOMES[type(event)](event) for event in found.events]),
            success=found.success,
            mailboxes={checked_name(name): RecordedStatus(*_values(status)) for name, status in statuses},
            metadata=found.metadata,
            dialect=found.dialect,
            time=found.time,
            hidden=found.hidden,
        )
    except _NOT_PLAIN:
        return recorded_transaction(json.loads(written))


def plain_user(written: bytes) -> str | None:
    """
    The login name of the user of a transaction, None if it is not plain to see that this is one.
    """
    try:
        found = _decode(written)
        for event in found.events:
            checked_name(event.mailbox)
            if type(event) is _RENAME:
                checked_name(event.mailbox_old)
        for name in found.mailboxes:
            checked_name(name)
        return str(found.user.username)
    except _NOT_PLAIN:
        return None


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def items_of(written: bytes) -> list[bytes]:
    """
    The items of a list, each as it is written; none if it is not plain to see that this is a list.
    """
    try:
        return [bytes(item) for item in _split(written)]
    except _NOT_PLAIN:
        return []
