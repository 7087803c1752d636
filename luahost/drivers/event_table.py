"""
An event as the table that a script gets, by dialect.

The fields are Dovecot's, in its order; the dialect says how flags, keywords and numbers look. The
user object of the documented dialect is added in Lua, where it lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        table |= {"uid": number(event.uid), "uid_validity": number(event.uid_validity)}
    match event:
        case MailboxRename():
            table["mailbox_old"] = event.mailbox_old
        case SavedMessageEvent():
            table |= _saved_message(event, dialect)
        case FlagsSet():
            table["flags"] = _flags(event.flags, dialect)
            table[dialect.keywords_set] = event.keywords
        case FlagsClear():
            table["flags"] = _flags(event.flags, dialect)
            table["flags_old"] = in_order(event.flags_old)
            table[dialect.keywords_clear] = event.keywords
            table["keywords_old"] = event.keywords_old
    return {name: value for name, value in table.items() if value is not None}


def in_order(flags: Sequence[str]) -> tuple[str, ...]:
    """
    Flags in Dovecot's order.
    """
    return tuple(flag for flag in FLAG_BITS if flag in flags)


def _flags(flags: Sequence[str], dialect: Dialect) -> Value:
    return sum(FLAG_BITS[flag] for flag in set(flags)) if dialect.flags_bitmask else in_order(flags)


def _saved_message(event: SavedMessageEvent, dialect: Dialect) -> dict[str, Value]:
    number = int if dialect.integers else float
    return {
        "date": number(fit_date(event.date, dialect.date_range)),
        "tz": number(event.tz),
        "from": event.from_,
        "to": event.to,
        "subject": event.subject,
        "snippet": event.snippet,
        "message_id": event.message_id,
        "from_address": event.from_address,
        "from_display_name": event.from_display_name,
        "to_address": event.to_address,
        "to_display_name": event.to_display_name,
        "flags": in_order(event.flags),
        "keywords": event.keywords,
    }


def shaped(table: Mapping[str, Value]) -> tuple[bytes, list[Plain]]:
    """
    The table in the form in which it crosses: its shape (``name mailbox uid flags:2``) and the values.
    """
    names: list[str] = []
    values: list[Plain] = []
    for name, value in table.items():
        if isinstance(value, tuple):
            names.append(f"{name}:{len(value)}")
            values += (_plain(item) for item in value)
        else:
            names.append(name)
            values.append(_plain(value))
    return " ".join(names).encode(), values


def _plain(value: Value) -> Plain:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TypeError(f"an event table has no {type(value).__name__}")
