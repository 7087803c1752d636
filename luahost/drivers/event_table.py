"""
An event as the table that a script gets, by dialect.

The fields are Dovecot's, in its order; the dialect says how flags, keywords and numbers look. The
user object of the documented dialect is added in Lua, where it lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
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

MOST_SHAPES = 1000
"""Of one form: mails have all kinds of numbers of keywords."""


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


class Form:
    """
    How tables with the fields of this one cross: text, then numbers, then what lists hold.
    """

    def __init__(self, table: Mapping[str, Value]) -> None:
        texts = [name for name, value in table.items() if isinstance(value, str)]
        numbers = [name for name, value in table.items() if isinstance(value, int | float)]
        self._lists = [name for name, value in table.items() if isinstance(value, tuple)]
        self._texts = itemgetter(*texts)
        # An event of a mailbox has none; those of messages have two and more.
        self._numbers = itemgetter(*numbers) if numbers else lambda table: ()
        self._names = " ".join((*texts, *numbers))
        self._shapes: dict[tuple[int, ...], bytes] = {}

    def crossing(self, table: Mapping[str, Value]) -> tuple[bytes, list[Plain]]:
        """
        The shape of a table (``name mailbox uid flags:2``), and its values.
        """
        values: list[Any] = [*encoded(self._texts(table)), *self._numbers(table)]
        sizes = []
        for name in self._lists:
            items: Any = table[name]
            sizes.append(len(items))
            if items:
                values += encoded(items)
        key = tuple(sizes)
        return self._shapes.get(key) or self._new_shape(key), values

    def _new_shape(self, sizes: tuple[int, ...]) -> bytes:
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        lists = (f"{name}:{size}" for name, size in zip(self._lists, sizes, strict=True))
        shape = self._shapes[sizes] = " ".join((self._names, *lists)).encode()
        return shape


def encoded(texts: Sequence[str]) -> list[bytes]:
    """
    Text as scripts get it.
    """
    try:
        return list(map(str.encode, texts))
    except UnicodeEncodeError:
        # Bytes that are no UTF-8 are surrogate escapes.
        return [text.encode("utf-8", "surrogateescape") for text in texts]


_forms: dict[tuple[object, ...], Form] = {}


def crossing(table: Mapping[str, Value], dialect: Dialect) -> tuple[bytes, list[Plain]]:
    """
    An event's table in the form in which it crosses: its shape and its values.
    """
    # What is a number in one dialect is a list in another.
    key = (dialect.flags_bitmask, *table)
    form = _forms.get(key)
    if form is None:
        form = _forms[key] = Form(table)
    return form.crossing(table)
