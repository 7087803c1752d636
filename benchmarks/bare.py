"""
The least that a script in a sandbox takes from Python: what is left of luahost if all is taken away that
knows Dovecot, keeps books, answers questions or tells what happened.

Lua's half is ``benchmarks/lua/bare.lua``. Here the fields of events are taken, texts made bytes, and all of a
transaction handed to one function of Lua's, or a thousand values of it; from JSON, msgspec reads a line into
types, and checks nothing but those. What this takes, lupa and Python take; what is more, luahost does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
from lupa import lua54

from benchmarks.measure import Round, processor
from benchmarks.scripts import HANDLER
from benchmarks.workload import MESSAGE_FIELDS, NUMBER_FIELDS
from luahost import Event

MEMORY_BYTES = 64 * 1024 * 1024

MOST_AT_ONCE = 1000
"""Values, for Lua's stack has an end."""

_attributes = [f"{name}_" if name == "from" else name for name in MESSAGE_FIELDS]
_texts = attrgetter(*(name for name in _attributes if name not in NUMBER_FIELDS))
_numbers = attrgetter(*NUMBER_FIELDS)
_uid = attrgetter("uid")

_Message: Any = msgspec.defstruct(
    "_Message",
    [
        ("name", str),
        *((name, int if name in NUMBER_FIELDS else str) for name in _attributes),
        ("flags", tuple[str, ...], ()),
        ("keywords", tuple[str, ...], ()),
    ],
    rename={"from_": "from"},
    gc=False,
)
_Transaction: Any = msgspec.defstruct(
    "_Transaction",
    [("luahost_transaction", int), ("user", dict[str, str]), ("events", list[_Message]), ("success", bool)],
    gc=False,
)


def bare_objects(form: str, transactions: Sequence[Sequence[Event]], script: Path = HANDLER) -> Round:
    """
    Transactions from Event objects of this form; answers the seconds for one event.
    """
    run, values = _run(form, script), _flag_values if form == "flags" else _message_values
    step = MOST_AT_ONCE if form == "flags" else sum(map(len, transactions))

    def work() -> None:
        for events in transactions:
            for at in range(0, len(events), step):
                part = events[at : at + step]
                run(at == 0, at + step >= len(events), len(part), *values(part))

    return _round(work, sum(map(len, transactions)))


def bare_json(form: str, lines: Sequence[bytes], script: Path = HANDLER) -> Round:
    """
    Transactions from lines of a recording; answers the seconds for one line.
    """
    run = _run(form, script)
    decode = msgspec.json.Decoder(_Transaction).decode

    def work() -> None:
        for line in lines:
            events = decode(line).events
            run(True, True, len(events), *_message_values(events))

    return _round(work, len(lines))


def _message_values(events: Sequence[Any]) -> list[Any]:
    texts = map(str.encode, chain.from_iterable(map(_texts, events)))
    return [*texts, *chain.from_iterable(map(_numbers, events))]


def _flag_values(events: Sequence[Event]) -> list[Any]:
    return [*map(_uid, events)]


def _run(form: str, script: Path) -> Callable[..., None]:
    lua = lua54.LuaRuntime(
        encoding=None, max_memory=MEMORY_BYTES, register_eval=False, register_builtins=False
    )
    source = HANDLER.with_name("bare.lua").read_bytes()
    run: Callable[..., None] = lua.compile(source)(script.read_bytes(), form.encode())
    return run


def _round(work: Callable[[], None], each: int) -> Round:
    whole = processor(work)
    return lambda: whole() / each
