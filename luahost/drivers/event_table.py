"""
An event as the table that a script gets, by dialect.

The fields are Dovecot's, in its order; the dialect says how flags, keywords and numbers look. The
user object of the documented dialect is added in Lua, where it lives.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from luahost.dialects import Dialect
from luahost.effects import Value
from luahost.events import (
    FLAG_BITS,
    Event,
    FlagsClear,
    FlagsSet,
    MailboxRename,
    MessageEvent,
    SavedMessageEvent,
)
from luahost.message import fit_date
from luahost.runtime import Plain


def event_table(event: Event, dialect: Dialect) -> dict[str, Value]:
    """
    The event's fields by the names that scripts use; those that are nil are left out.
    """
    number = int if dialect.integers else float
    table: dict[str, Value] = {"name": event.name, "mailbox": event.mailbox}
    if isinstance(event, MessageEvent):
        table["uid"], table["uid_validity"] = number(event.uid), number(event.uid_validity)
    match event:
        case SavedMessageEvent():
            _add_saved_message(table, event, dialect)
        case FlagsSet():
            table["flags"] = _flags(event.flags, dialect)
            table[dialect.keywords_set] = event.keywords
        case FlagsClear():
            table["flags"] = _flags(event.flags, dialect)
            table["flags_old"] = in_order(event.flags_old)
            table[dialect.keywords_clear] = event.keywords
            table["keywords_old"] = event.keywords_old
        case MailboxRename():
            table["mailbox_old"] = event.mailbox_old
    return table


def in_order(flags: Sequence[str]) -> tuple[str, ...]:
    """
    Flags in Dovecot's order.
    """
    return tuple(flag for flag in FLAG_BITS if flag in flags) if flags else ()


def _flags(flags: Sequence[str], dialect: Dialect) -> Value:
    return sum(FLAG_BITS[flag] for flag in set(flags)) if dialect.flags_bitmask else in_order(flags)


def _add_saved_message(table: dict[str, Value], event: SavedMessageEvent, dialect: Dialect) -> None:
    number = int if dialect.integers else float
    table["date"] = number(fit_date(event.date, dialect.date_range))
    table["tz"] = number(event.tz)
    table["from"] = event.from_
    table["to"] = event.to
    if event.subject is not None:
        table["subject"] = event.subject
    table["snippet"] = event.snippet
    if event.message_id is not None:
        table["message_id"] = event.message_id
    table["from_address"] = event.from_address
    table["from_display_name"] = event.from_display_name
    table["to_address"] = event.to_address
    table["to_display_name"] = event.to_display_name
    table["flags"] = in_order(event.flags)
    table["keywords"] = event.keywords


def shaped(table: Mapping[str, Value]) -> tuple[bytes, list[Plain]]:
    """
    The table in the form in which it crosses: its shape (``name mailbox uid flags:2``, lists last) and the
    values.
    """
    values: list[Any] = []
    sizes: list[int] = []
    for value in table.values():
        if isinstance(value, str):
            values.append(value.encode("utf-8", "surrogateescape"))
        elif isinstance(value, tuple):
            sizes.append(len(value))
            values += [item.encode("utf-8", "surrogateescape") for item in value]
        else:
            values.append(value)
    return _shape(tuple(table), tuple(sizes)), values


@functools.lru_cache(maxsize=1024)
def _shape(names: tuple[str, ...], sizes: tuple[int, ...]) -> bytes:
    first = len(names) - len(sizes)
    lists = (f"{name}:{size}" for name, size in zip(names[first:], sizes, strict=True))
    return " ".join((*names[:first], *lists)).encode()
