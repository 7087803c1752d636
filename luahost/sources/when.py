"""
What stands under ``when``: each item becomes one step.

``OPERATIONS`` are the words for it, and the twelve events are words of their own.
"""

from __future__ import annotations

from typing import Any

from luahost.dataclass import fields
from luahost.documents.quoting import LONGEST, quoted, word_or_quoted
from luahost.documents.values import (
    Reader,
    Value,
    items,
    members,
    optional_text,
    record,
    text,
)
from luahost.documents.yaml_tree import MappingNode
from luahost.events import EVENTS, Event, MailboxRename, MessageEvent
from luahost.sources import mail_values as mail
from luahost.sources import operations
from luahost.sources.deliveries import deliver
from luahost.sources.replays import replay
from luahost.sources.steps import Happening, Notify, Rollback, Step

_EVENT_FIELDS: dict[str, Reader[Any]] = {
    "mailbox": mail.mailbox_name,
    "mailbox_old": mail.mailbox_name,
    "uid": mail.uid,
    "uid_validity": mail.uid,
    "date": mail.seconds,
    "tz": mail.minutes,
    "from_": text,
    "to": text,
    "subject": optional_text,
    "snippet": text,
    "message_id": optional_text,
    "from_address": text,
    "from_display_name": text,
    "to_address": text,
    "to_display_name": text,
    "flags": mail.flags,
    "flags_old": mail.flags,
    "keywords": mail.keywords,
    "keywords_old": mail.keywords,
}
"""
A reader for every field that any event has, by the names of ``luahost.events``. Raw headers are not given
beside the fields that stand for them.
"""


def _event_table(kind: type[Event]) -> dict[str, Reader[Any]]:
    """
    The fields of one event by the names that scripts and fixtures use.
    """
    return {
        _public_name(field.name): _EVENT_FIELDS[field.name]
        for field in fields(kind)
        if field.name in _EVENT_FIELDS
    }


def _public_name(field: str) -> str:
    # Python has another use for the word "from".
    return field.removesuffix("_")


_EVENT_TABLES = {kind.name: (kind, _event_table(kind)) for kind in EVENTS}


ITEM = "an item of when"
"""What messages call one."""

NOTHING_HAPPENS = "when is empty, so nothing would happen; add an item such as - deliver: hello.eml"


def steps(value: Value) -> tuple[Step, ...]:
    """
    The list under ``when``.
    """
    found = tuple(step(item) for item in items(value, ITEM))
    if not found:
        raise value.error(NOTHING_HAPPENS)
    return found


def step(value: Value) -> Step:
    """
    One item of the list.
    """
    word, argument = only_member(value)
    if word in OPERATIONS:
        return OPERATIONS[word](argument)
    return Notify((_happening(word, argument),))


def only_member(value: Value) -> tuple[str, Value]:
    """
    The key and the value of an item that says one thing, such as ``deliver: hello.eml``.
    """
    found = members(value) if isinstance(value.node, MappingNode) else {}
    if not found:
        raise value.expected('one word and what belongs to it, such as "deliver: hello.eml"')
    if len(found) > 1:
        shown = ", ".join(quoted(key) for key in found)
        raise value.error(
            f"{value.name} has one key, found {shown}; indent what belongs to the first one deeper"
        )
    return next(iter(found.items()))


def _happening(word: str, value: Value) -> Happening:
    if word in OPERATIONS:
        raise value.error(f"{word} is a transaction of its own; only events stand here")
    if word not in _EVENT_TABLES:
        raise value.error(_unknown(word))
    kind, table = _EVENT_TABLES[word]
    required = ["mailbox", "mailbox_old"] if kind is MailboxRename else ["mailbox"]
    if issubclass(kind, MessageEvent):
        required = ["uid"]
    found = record(value, table, where=f"in {word}", required=required)
    if issubclass(kind, MessageEvent):
        found.setdefault("mailbox", "INBOX")
    names = {_public_name(field.name): field.name for field in fields(kind)}
    return Happening(kind, {names[key]: item for key, item in found.items()})


def _unknown(word: str) -> str:
    """
    The complaint about a word that stands for nothing. Capitals make it an event.
    """
    from difflib import get_close_matches

    is_event = word[:1].isupper()
    known = [*_EVENT_TABLES] if is_event else [*OPERATIONS]
    what = f"unknown event {word_or_quoted(word)}" if is_event else f"unknown word {quoted(word)}"
    close = get_close_matches(word[:LONGEST], [*_EVENT_TABLES, *OPERATIONS], n=1)
    if close:
        return f"{what}; did you mean {close[0]}?"
    return f"{what}; there are {', '.join(known)}" + ("" if is_event else " and the events")


def _happenings(value: Value) -> tuple[Happening, ...]:
    found = tuple(_happening(*only_member(item)) for item in items(value, f"an item of {value.name}"))
    if not found:
        raise value.error(f"{value.name} has no events; list at least one under it")
    return found


def _transaction(value: Value) -> Step:
    return Notify(_happenings(value))


def _rollback(value: Value) -> Step:
    return Rollback(_happenings(value))


OPERATIONS: dict[str, Reader[Step]] = {
    "deliver": deliver,
    **operations.WORDS,
    "replay": replay,
    "transaction": _transaction,
    "rollback": _rollback,
}
"""The words under ``when`` that are no events."""
