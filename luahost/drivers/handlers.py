"""
Which functions a script has for transactions, as the Lua driver has to know before it calls the first.
"""

from __future__ import annotations

import functools as caches
from dataclasses import dataclass

from luahost.drivers.driver import Registration
from luahost.events import EVENTS, Event

BEGIN = "dovecot_lua_notify_begin_txn"

HANDLERS = {event: event.handler.encode() for event in EVENTS}
"""The names of handlers."""

NAMES = (BEGIN.encode(), *HANDLERS.values())
"""What is looked for; the place of a name is the place of its bit."""


@dataclass(frozen=True, slots=True)
class Functions:
    """
    Which functions a script has.

    Attributes:
        known: ``begin_txn`` and the handlers that are there, as a sum of bits in the order of their names.

        begins: Whether it has ``begin_txn``.

        handled: The events that it has a handler for.
    """

    known: int
    begins: bool
    handled: tuple[type[Event], ...]

    @property
    def called(self) -> bool:
        """
        Whether ``begin_txn`` is called.
        """
        return self.begins and bool(self.handled)


@caches.lru_cache(maxsize=64)
def functions(known: int) -> Functions:
    """
    Those of this sum of bits.
    """
    handled = tuple(event for bit, event in enumerate(EVENTS, 1) if known >> bit & 1)
    return Functions(known, bool(known & 1), handled)


@caches.lru_cache(maxsize=64)
def registration(events: tuple[type[Event], ...]) -> Registration:
    """
    What a driver answers that wants to hear of these.
    """
    return Registration(events=events)
