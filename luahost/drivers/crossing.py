"""
How events get into Lua: many at once, in a form that a compiled constructor makes tables of.

What events that are alike have in common is their head, which Lua asks for once and knows by its number from
then on. What crosses is a flat list of plain values: the events' heads, then the texts of all events of one
type, and their numbers. The Lua half, ``luahost/lua/drivers/calls.lua``, makes a table of an event when its
handler is about to be called. What a script sees of an event stands in ``event_table.py``; here is the same,
field by field, for many.

Everything that is done for each event is done by functions that get all of them, in C or made of text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count, repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from luahost.dialects import Dialect
from luahost.drivers.event_table import fields, shown
from luahost.events import Event, SavedMessageEvent
from luahost.message import DateRange, fit_date
from luahost.runtime import Plain

MOST_VALUES = 1000
"""That cross at once, or little more: Lua's stack has an end."""

MOST_WIDTH = 20
"""Values of an event, or more."""

MOST_HEADS = 1000
"""That a form remembers: mails have all kinds of keywords."""

DATES = 2**32
"""What is below fits into Dovecot's dates in every dialect."""

ALL = frozenset[str]()
"""No field is missing."""

_numbers_of_forms = count(1)
_numbers_of_heads = count(1)


class Head(NamedTuple):
    """
    What events that are alike have in common.

    Attributes:
        number: Its own, which no other head has.

        form: That of their form.

        handler: The function that is called for them.

        shape: See ``luahost/lua/runtime/record.lua``.

        values: What their tables share.
    """

    number: int
    form: int
    handler: bytes
    shape: bytes
    values: tuple[Plain, ...]


_type_of: Any = type
_number_of = attrgetter("number")


Take: TypeAlias = Callable[[Sequence[Event]], tuple[list[Any], list[str | None], list[Any]]]


def _taker(
    common: Sequence[str], texts: Sequence[str], numbers: Sequence[str], date_range: DateRange
) -> Take:
    """
    What takes attributes of events of one type: those that events may have in common, together for each; and
    texts and numbers, one after the other. Python finds attributes that are written out far faster than any
    function that is told their names.
    """

    def values(attributes: Iterable[str]) -> str:
        return "".join(f"event.{attribute}, " for attribute in attributes)

    fitting = values(numbers)
    if date_range != "as is":
        fitting = fitting.replace(
            "event.date,", f"event.date if 0 <= event.date < {DATES} else fit(event.date, {date_range!r}),"
        )
    if texts or len(numbers) > 1:
        lines = [
            "common, texts, numbers = [], [], []",
            "for event in events:",
            f" common.append(({values(common)}))",
            f" texts += ({values(texts)})" if texts else "",
            f" numbers += ({fitting})",
            "return common, texts, numbers",
        ]
    else:
        # Of a STORE, and there may be thousands: where each has one value at most, nothing is called for it.
        alone = "".join(f"event.{attribute} for event in events" for attribute in numbers)
        lines = [f"return [({values(common)}) for event in events], [], [{alone}]"]
    made: dict[str, Any] = {"fit": fit_date}
    exec("\n ".join(filter(None, ["def take(events):", *lines])), made)
    take: Take = made["take"]
    return take


class Crossing(NamedTuple):
    """
    Events on their way into Lua.

    Attributes:
        events: These.

        heads: The head of each; or the only one.

        values: What crosses, without that.

        size: Bytes of the texts in there.

        missing: Names of fields that were left out.
    """

    events: Sequence[Event]
    heads: Sequence[Head]
    values: Sequence[Plain]
    size: int
    missing: frozenset[str] = ALL

    def head(self, number: int) -> Head:
        """
        The head with this number.
        """
        return next(head for head in self.heads if head.number == number)


class Form:
    """
    How events of one type cross in one dialect.

    Attributes:
        number: Its own, which no other form has.

        width: How many values there are for each event, besides its head.
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
        self._take = _taker([field.attribute for field in self._shared], texts, numbers, dialect.date_range)
        self.number = next(_numbers_of_forms)
        self.width = len(texts) + len(numbers)
        self._heads: dict[Any, Head] = {}

    def taken(self, events: Sequence[Event]) -> tuple[list[Head], Sequence[Plain], Sequence[Plain], int]:
        """
        The heads of events of this form, or the only one; what they have of their own, texts and numbers; and
        how many bytes the texts are.
        """
        common, texts, numbers = self._take(events)
        plain, size = encoded(texts)
        return self._heads_of(common, events), plain, numbers, size

    def _heads_of(self, common: list[Any], events: Sequence[Event]) -> list[Head]:
        if common.count(common[0]) == len(common):
            return [self._heads.get(common[0]) or self._new_head(common[0], events[0])]
        try:
            return [*map(self._heads.__getitem__, common)]
        except KeyError:
            pairs = zip(common, events, strict=True)
            return [self._heads.get(each) or self._new_head(each, event) for each, event in pairs]

    def _new_head(self, common: Any, event: Event) -> Head:
        """
        That of events that have this in common, as this one has.
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
        if self._dialect.event_user:
            shape.append("@user")
        head = self._heads[common] = Head(
            next(_numbers_of_heads),
            self.number,
            self._kind.handler.encode(),
            " ".join(shape).encode(),
            tuple(values),
        )
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


def crossings(events: Sequence[Event], forms: Forms, most: int = MOST_VALUES) -> Iterable[Crossing]:
    """
    The events in as few crossings as can be, none if there are none; with so many values each at most, or
    little more.
    """
    if len(events) * MOST_WIDTH > most:
        return _parts(events, forms, most)
    return (_crossing(events, forms),) if events else ()


def _parts(events: Sequence[Event], forms: Forms, most: int) -> Iterator[Crossing]:
    widest = max(forms[kind].width + 1 for kind in {*map(_type_of, events)})
    step = max(most // widest, 1)
    for start in range(0, len(events), step):
        yield _crossing(events[start : start + step], forms)


def _crossing(events: Sequence[Event], forms: Forms) -> Crossing:
    """
    All of these.
    """
    kinds = dict.fromkeys(map(_type_of, events))
    if len(kinds) == 1:
        form = forms[_type_of(events[0])]
        heads, texts, numbers, size = form.taken(events)
        if len(heads) == 1:
            return Crossing(events, heads, [*texts, *numbers], size, forms.missing)
        columns = [(form, texts, numbers)]
    else:
        heads, columns, size = _of_several_types(events, kinds, forms)
    # The places of texts and numbers, the heads, and these themselves; see luahost/lua/drivers/calls.lua.
    front: list[Plain] = [len(columns)]
    at = 1 + 3 * len(columns) + len(heads)
    for form, texts, numbers in columns:
        front += form.number, at, at + len(texts)
        at += len(texts) + len(numbers)
    values = chain(front, map(_number_of, heads), *(part for _, *parts in columns for part in parts))
    return Crossing(events, heads, [*values], size, forms.missing)


def _of_several_types(
    events: Sequence[Event], kinds: Iterable[type[Event]], forms: Forms
) -> tuple[list[Head], list[tuple[Form, Sequence[Plain], Sequence[Plain]]], int]:
    """
    The heads of all events, for each form its texts and numbers, and how many bytes all texts are.
    """
    columns = []
    heads_of: dict[type[Event], Iterator[Head]] = {}
    size = 0
    for kind in kinds:
        form, those = forms[kind], [event for event in events if type(event) is kind]
        heads, texts, numbers, bytes_ = form.taken(those)
        columns.append((form, texts, numbers))
        heads_of[kind] = repeat(heads[0]) if len(heads) == 1 else iter(heads)
        size += bytes_
    return [next(heads_of[kind]) for kind in map(_type_of, events)], columns, size
