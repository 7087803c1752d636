"""
Which functions a script has for transactions, as the Lua driver has to know before it calls the first.
"""

from __future__ import annotations

import functools as caches

from luahost.dataclass import dataclass
from luahost.drivers.driver import Registration
from luahost.events import EVENTS, Event

BEGIN = "dovecot_lua_notify_begin_txn"
END = "dovecot_lua_notify_end_txn"

PREFIX = "lua: "
"""What the driver's event puts in front of its log lines."""

NAMES = (BEGIN.encode(), *(event.handler.encode() for event in EVENTS))
"""What is looked for; the place of a name is the place of its bit."""


@dataclass(frozen=True, slots=True)
class Functions:
    """
    Which functions a script has.

    Attributes:
        known: ``begin_txn`` and the handlers that are there, as a sum of bits in the order of their names.

        begins: Whether it has ``begin_txn``.

        registers: Whether it wants to hear of anything: it has that and a handler.

        handled: The events that it has a handler for; ``types`` are the same.

        found: What Dovecot says of these with debugging on.

        registration: What the driver answers then, unless ``begin_txn`` fails.
    """

    known: int
    begins: bool
    registers: bool
    handled: tuple[type[Event], ...]
    types: frozenset[type[Event]]
    found: tuple[str, ...]
    registration: Registration


@caches.lru_cache(maxsize=64)
def functions(known: int) -> Functions:
    """
    Those of this sum of bits.
    """
    handled = tuple(event for bit, event in enumerate(EVENTS, 1) if known >> bit & 1)
    begins = bool(known & 1)
    return Functions(
        known,
        begins=begins,
        registers=begins and bool(handled),
        handled=handled,
        types=frozenset(handled),
        found=tuple(f"Found {event.handler}, handling {event.name} event" for event in handled),
        registration=Registration(events=handled, log_prefix=PREFIX),
    )


UNKNOWN = functions(0)
"""Nobody has looked."""
