"""
Which functions a script has for transactions, as the Lua driver has to know before it calls the first.
"""

from __future__ import annotations

import functools as caches
from dataclasses import dataclass

from luahost.drivers.driver import Registration
from luahost.events import EVENTS, Event

BEGIN = "dovecot_lua_notify_begin_txn"

NAMES = (BEGIN.encode(), *(event.handler.encode() for event in EVENTS))
"""What is looked for; the place of a name is the place of its bit."""


@dataclass(frozen=True, slots=True)
class Functions:
    """
    Which functions a script has.

    Attributes:
        known: ``begin_txn`` and the handlers that are there, as a sum of bits in the order of their names.

        begins: Whether it has ``begin_txn``.

        handled: The events that it has a handler for.

        found: What Dovecot says of these with debugging on.

        registration: What the driver answers then, unless ``begin_txn`` fails.
    """

    known: int
    begins: bool
    handled: tuple[type[Event], ...]
    found: tuple[str, ...]
    registration: Registration


UNKNOWN = Functions(-1, begins=False, handled=(), found=(), registration=Registration(events=()))
"""Nobody has looked."""


@caches.lru_cache(maxsize=64)
def functions(known: int) -> Functions:
    """
    Those of this sum of bits.
    """
    handled = tuple(event for bit, event in enumerate(EVENTS, 1) if known >> bit & 1)
    found = tuple(f"Found {event.handler}, handling {event.name} event" for event in handled)
    registration = Registration(events=handled)
    return Functions(known, begins=bool(known & 1), handled=handled, found=found, registration=registration)
