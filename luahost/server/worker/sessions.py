"""
The sessions that a worker keeps: a Lua state for each script, user and session, as in Dovecot.

A session goes on as long as its transactions name it (``session_id``), so a script finds its globals again,
and no user those of another. Nobody tells luahost that a session has ended: one ends, with
``script_deinit``, when it was not heard of for a while, or when others need the room, those first that were
not heard of for longest. The sessions of IMAP do not make room for those of deliveries, which come and go.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from luahost.dataclass import dataclass, field
from luahost.host import Session
from luahost.server.worker.reported_store import ReportedStore

Key = tuple[Hashable, ...]


@dataclass(slots=True, kw_only=True)
class Kept:
    """
    A session.

    Attributes:
        number: By which the server knows it.

        service: What its user came by.

        session: The session itself, entered.

        store: Its mail store.

        used: When it was last heard of, by the monotonic clock.
    """

    number: int
    service: str
    session: Session
    store: ReportedStore
    used: float = field(default=0.0)


class Sessions:
    """
    Those that wait for another transaction.

    Args:
        most: How many of one service may wait.

        idle_seconds: How long one may wait.
    """

    def __init__(self, most: int, idle_seconds: float) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._by_service: dict[str, OrderedDict[Key, Kept]] = {}
        self._service_of: dict[Key, str] = {}

    def take(self, key: Key) -> Kept | None:
        """
        The session of this key, which nobody else gets until it is put back.
        """
        service = self._service_of.pop(key, None)
        return None if service is None else self._by_service[service].pop(key)

    def put(self, key: Key, kept: Kept, now: float) -> list[Kept]:
        """
        Keep a session.

        Returns:
            Those that are to end.
        """
        kept.used = now
        own = self._by_service.setdefault(kept.service, OrderedDict())
        own[key] = kept
        self._service_of[key] = kept.service
        ended = [self._oldest(own) for _ in range(len(own) - self._most)]
        for others in self._by_service.values():
            while others and next(iter(others.values())).used < now - self._idle_seconds:
                ended.append(self._oldest(others))
        return ended

    def clear(self) -> list[Kept]:
        """
        All of them, which are to end.
        """
        found = [kept for each in self._by_service.values() for kept in each.values()]
        self._by_service.clear()
        self._service_of.clear()
        return found

    def _oldest(self, sessions: OrderedDict[Key, Kept]) -> Kept:
        key, kept = sessions.popitem(last=False)
        del self._service_of[key]
        return kept
