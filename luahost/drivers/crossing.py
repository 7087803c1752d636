"""
How events get into Lua: many at once, in a form that a compiled constructor makes tables of.

What crosses is a flat list of plain values. In it stand, for each row of events that are alike, the handler's
name, the shape of the tables, how many there are, what all of them share, then the texts of each, then the
numbers of each. The Lua half, ``luahost/lua/runtime/record.lua``, makes a table of one when its handler is
about to be called. What a script sees of an event stands in ``event_table.py``; here is the same, field by
field, for many.

Everything that is done for each event is done by functions in C that get the whole row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter, length_hint
from typing import Any, NamedTuple

from luahost.dialects import Dialect
from luahost.drivers.event_table import fields, shown
from luahost.events import Event, SavedMessageEvent
from luahost.message import fit_date
from luahost.runtime import Plain

MOST_VALUES = 1000
"""That cross at once, or little more: Lua's stack has an end."""

MOST_HEADS = 1000
"""That a form remembers: mails have all kinds of keywords."""

DATES = range(2**32)
"""What fits into Dovecot's dates in every dialect."""

ALL = frozenset[str]()
"""No field is missing."""

_type_of: Any = type
# Also called with three arguments, which groupby's types do not know.


class Crossing(NamedTuple):
    """
    Events on their way into Lua.

    Attributes:
        events: These.

        runs: How many rows they are.

        values: What crosses.

        size: Bytes of the texts in there.

        missing: Names of fields that were left out.
    """

    events: Sequence[Event]
    runs: int
    values: Sequence[Plain]
    size: int
    missing: frozenset[str] = ALL


class Head(NamedTuple):
    """
    What stands in front of a row; the number of events is added to it.
    """

    start: tuple[Plain, ...]
    shared: tuple[Plain, ...]
    size: int


class Form:
    """
    How events of one type cross in one dialect.

    Attributes:
        shared: What a row's events have in common, as a tuple.

        width: How many values there are for each event of a row.
    """

    def __init__(self, kind: type[Event], dialect: Dialect, missing: frozenset[str]) -> None:
        self._kind = kind
        self._dialect = dialect
        # Mails differ in all but flags and keywords; what a command does to many, in the UID alone.
        own = ("text", "number", "date") if issubclass(kind, SavedMessageEvent) else ("number",)
        shared = {"uid_validity"} if own == ("number",) else set()
        present = [field for field in fields(kind, dialect.name) if field.name not in missing]
        self._own = [field for field in present if field.kind in own and field.name not in shared]
        self._shared = [field for field in present if field not in self._own]
        texts = [field.attribute for field in self._own if field.kind == "text"]
        numbers = [field.attribute for field in self._own if field.kind != "text"]
        # With two attributes or more the answer is a tuple.
        self.shared: Callable[[Any], Any] = attrgetter("name", *(field.attribute for field in self._shared))
        self._texts = attrgetter(*texts) if texts else None
        self._numbers = attrgetter(*numbers) if numbers else None
        self._flat = len(numbers) == 1
        self.width = max(len(texts) + len(numbers), 1)
        self._dates: slice | None = None
        if dialect.date_range != "as is" and "date" in numbers:
            self._dates = slice(numbers.index("date"), None, len(numbers))
        self._heads: dict[Any, Head] = {}

    def add(self, values: list[Plain], shared: Any, events: Sequence[Event]) -> int:
        """
        Add a row of events that share this. Answers the bytes of its texts.
        """
        head = self._heads.get(shared) or self._new_head(shared, events[0])
        values += head.start
        values.append(len(events))
        values += head.shared
        size = head.size
        if self._texts is not None:
            texts, length = encoded([*chain.from_iterable(map(self._texts, events))])
            values += texts
            size += length
        if self._numbers is not None:
            numbers: Any = map(self._numbers, events)
            if not self._flat:
                numbers = [*chain.from_iterable(numbers)]
            values += numbers if self._dates is None else self._fitting(self._dates, numbers)
        return size

    def _fitting(self, places: slice, numbers: list[int]) -> list[int]:
        """
        The numbers, with dates that Dovecot can have.
        """
        dates = numbers[places]
        if not all(map(DATES.__contains__, dates)):
            numbers[places] = [fit_date(date, self._dialect.date_range) for date in dates]
        return numbers

    def _new_head(self, shared: Any, event: Event) -> Head:
        """
        See ``luahost/lua/runtime/record.lua`` for shapes.
        """
        if len(self._heads) >= MOST_HEADS:
            self._heads.clear()
        mark = "-" if self._dialect.integers else "+"
        shape, values = [f"={self._kind.name}"], []
        texts = [field for field in (*self._shared, *self._own) if field.kind == "text"]
        numbers = [field for field in (*self._own, *self._shared) if field.kind in _NUMBERS]
        lists = [field for field in self._shared if field.kind in ("flags", "list")]
        for field in (*texts, *numbers, *lists):
            if field in self._own:
                shape.append(("'" if field.kind == "text" else mark) + field.name)
                continue
            value = shown(field, event, self._dialect)
            items = value if isinstance(value, tuple) else (value,)
            shape.append(f"[{field.name}:{len(items)}" if items is value else f".{field.name}")
            values += [_bytes(item) if isinstance(item, str) else item for item in items]
        start = self._kind.handler.encode(), " ".join(shape).encode()
        size = sum(map(length_hint, (*start, *values)))
        head = self._heads[shared] = Head(start, tuple(values), size)
        return head


_NUMBERS = ("number", "date", "bits")


def _bytes(text: str) -> bytes:
    # Bytes that are no UTF-8 are surrogate escapes.
    return text.encode("utf-8", "surrogateescape")


def encoded(texts: list[str | None]) -> tuple[Sequence[Plain], int]:
    """
    Text as scripts get it, with None for what is not there; and how many bytes that is.
    """
    try:
        plain = [*map(str.encode, texts)]  # type: ignore[arg-type]  # None is a TypeError
        return plain, len(b"".join(plain))
    except (TypeError, UnicodeEncodeError):
        escaped = [None if text is None else _bytes(text) for text in texts]
        return escaped, sum(len(text) for text in escaped if text is not None)


class Forms(dict[type[Event], Form]):
    """
    The forms of events in one dialect, without the fields of these names.
    """

    def __init__(self, dialect: Dialect, missing: frozenset[str]) -> None:
        super().__init__()
        self._dialect = dialect
        self.missing = missing

    def __missing__(self, kind: type[Event]) -> Form:
        form = self[kind] = Form(kind, self._dialect, self.missing)
        return form


_forms: dict[tuple[str, frozenset[str]], Forms] = {}


def forms(dialect: Dialect, missing: frozenset[str] = ALL) -> Forms:
    """
    The forms of this dialect, the same for all who ask.
    """
    key = dialect.name, missing
    if key not in _forms:
        _forms[key] = Forms(dialect, missing)
    return _forms[key]


def crossings(events: Sequence[Event], forms: Forms, most: int = MOST_VALUES) -> Iterator[Crossing]:
    """
    The events in as few crossings as can be, none if there are none; with so many values each at most, or
    little more.
    """
    values: list[Plain] = []
    began, end, runs, size = 0, 0, 0, 0
    for kind, alike in groupby(events, _type_of):
        form = forms[kind]
        for shared, sharing in groupby(alike, form.shared):
            while row := [*islice(sharing, max((most - len(values)) // form.width, 1))]:
                size += form.add(values, shared, row)
                runs += 1
                end += len(row)
                if len(values) >= most:
                    yield Crossing(events[began:end], runs, values, size, forms.missing)
                    values, began, runs, size = [], end, 0, 0
    if runs:
        yield Crossing(events[began:] if began else events, runs, values, size, forms.missing)
