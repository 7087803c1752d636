"""
What a script sees of an event: the fields of its table, by dialect.

The fields are Dovecot's; the dialect says how flags, keywords and numbers look. The user object of the
documented dialect is added in Lua, where it lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from luahost.dialects import DIALECTS, Dialect
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


class Field(NamedTuple):
    """
    A field of an event's table.

    Attributes:
        name: What scripts call it.

        attribute: The attribute of the event that it shows.

        kind: ``text``, which may not be there; ``number``; ``date``; ``flags`` in Dovecot's order; ``bits``,
            the sum of the flags' bits; ``list`` of text.
    """

    name: str
    attribute: str
    kind: Literal["text", "number", "date", "flags", "bits", "list"] = "text"


_SAVED = (
    Field("date", "date", "date"),
    Field("tz", "tz", "number"),
    Field("from", "from_"),
    *(Field(name, name) for name in ("to", "subject", "snippet", "message_id")),
    *(Field(name, name) for name in ("from_address", "from_display_name")),
    *(Field(name, name) for name in ("to_address", "to_display_name")),
    Field("flags", "flags", "flags"),
    Field("keywords", "keywords", "list"),
)


_fields: dict[tuple[type[Event], str], tuple[Field, ...]] = {}


def fields(kind: type[Event], dialect: str) -> tuple[Field, ...]:
    """
    The fields of a type of events in the dialect of this name, but for ``name``; in Dovecot's order.
    """
    if (kind, dialect) not in _fields:
        _fields[kind, dialect] = tuple(_fields_of(kind, DIALECTS[dialect]))
    return _fields[kind, dialect]


def _fields_of(kind: type[Event], dialect: Dialect) -> Iterator[Field]:
    yield Field("mailbox", "mailbox")
    flags = Field("flags", "flags", "bits" if dialect.flags_bitmask else "flags")
    if issubclass(kind, MessageEvent):
        yield Field("uid", "uid", "number")
        yield Field("uid_validity", "uid_validity", "number")
    if issubclass(kind, SavedMessageEvent):
        yield from _SAVED
    elif kind is FlagsSet:
        yield flags
        yield Field(dialect.keywords_set, "keywords", "list")
    elif kind is FlagsClear:
        yield flags
        yield Field("flags_old", "flags_old", "flags")
        yield Field(dialect.keywords_clear, "keywords", "list")
        yield Field("keywords_old", "keywords_old", "list")
    elif kind is MailboxRename:
        yield Field("mailbox_old", "mailbox_old")


def shown(field: Field, event: Event, dialect: Dialect) -> Any:
    """
    What a script sees in a field, None for nil.
    """
    value = getattr(event, field.attribute)
    match field.kind:
        case "number":
            return value if dialect.integers else float(value)
        case "date":
            date = fit_date(value, dialect.date_range)
            return date if dialect.integers else float(date)
        case "flags":
            return in_order(value)
        case "bits":
            return sum(FLAG_BITS[flag] for flag in set(value))
        case _:
            return value


def event_table(event: Event, dialect: Dialect) -> dict[str, Value]:
    """
    The event's fields by the names that scripts use; those that are nil are left out.
    """
    table: dict[str, Value] = {"name": event.name}
    for field in fields(type(event), dialect.name):
        value = shown(field, event, dialect)
        if value is not None:
            table[field.name] = value
    return table


def in_order(flags: Sequence[str]) -> tuple[str, ...]:
    """
    Flags in Dovecot's order.
    """
    return tuple(flag for flag in FLAG_BITS if flag in flags) if flags else ()


class EventTable(Mapping[str, Value]):
    """
    An event's table as it is told; made when somebody looks.

    Args:
        missing: Names of fields that are not there.

        username: Whose event it is, for the dialect in which that is a field.
    """

    __slots__ = ("_dialect", "_event", "_missing", "_table", "_username")

    def __init__(self, event: Event, dialect: Dialect, missing: frozenset[str], username: str) -> None:
        self._event = event
        self._dialect = dialect
        self._missing = missing
        self._username = username
        self._table: dict[str, Value] | None = None

    def _made(self) -> dict[str, Value]:
        if self._table is None:
            table = event_table(self._event, self._dialect)
            for name in self._missing:
                table.pop(name, None)
            if self._dialect.event_user:
                table["user"] = {"mail_user": self._username}
            self._table = table
        return self._table

    def __getitem__(self, name: str) -> Value:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def __repr__(self) -> str:
        return repr(self._made())
