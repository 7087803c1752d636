"""
Several transactions of one mailbox as one: they wait for each other for a while, and then a script hears of
their events in one transaction, with the status that the mailbox has after the last.

Only what was committed, and only messages' events of one and the same mailbox, of one user in one service.
Which of those that follow each other run together is the spool's to say; each stays what it is until then, so
nothing is lost if the server dies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from luahost.clock import Clock
from luahost.dataclass import replace
from luahost.events import EVENTS, MessageEvent
from luahost.server.runner.verdict import Verdict
from luahost.server.spool import Batch, Claim, Entry, Kept, PutKey, Puts, Window

OF_MESSAGES = frozenset(kind.name for kind in EVENTS if issubclass(kind, MessageEvent))

OF_THE_SESSION = frozenset({"session_id", "session_create_time"})
"""What may differ: each delivery is a session of its own."""


class Coalescing:
    """
    Puts transactions into a spool so that they wait for others.

    Args:
        spool: Where they go.

        seconds: For how long they wait.

        clock: The time.
    """

    def __init__(self, spool: Puts, seconds: float, clock: Clock) -> None:
        self._spool = spool
        self._seconds = seconds
        self._clock = clock

    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.put`.
        """
        return self._spool.put(self._waiting(entries), key=key)

    def put_each(self, batches: Sequence[Batch]) -> Future[list[Kept]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.put_each`.
        """
        return self._spool.put_each([Batch(self._waiting(batch.entries), batch.key) for batch in batches])

    def _waiting(self, entries: Sequence[Entry]) -> list[Entry]:
        until = self._clock.time() + self._seconds
        return [_waiting(entry, until) for entry in entries]


def coalescing(spool: Puts, seconds: float, clock: Clock) -> Puts:
    """
    The spool, or what puts into it if transactions are to wait for so long.
    """
    return Coalescing(spool, seconds, clock) if seconds else spool


def as_one(run: Callable[[Claim], Verdict]) -> Callable[[Claim], Verdict]:
    """
    What runs claims of several transactions as claims of one.

    Args:
        run: Runs a claim by its payload.
    """

    def run_all(claim: Claim) -> Verdict:
        if claim.together:
            payloads = (claim.payload, *(other.payload for other in claim.together))
            claim = replace(claim, payload=merged(payloads), together=())
        return run(claim)

    return run_all


def kind_of(payload: bytes) -> str | None:
    """
    What transactions that can be merged have in common, as a hash; None for one that can be merged with none.
    """
    transaction = json.loads(payload)
    events = transaction["events"]
    if not transaction["success"] or any(event["name"] not in OF_MESSAGES for event in events):
        return None
    places = {_canonical([event["mailbox"], event["uid_validity"]]) for event in events}
    if len(places) != 1:
        return None
    user = {name: value for name, value in transaction["user"].items() if name not in OF_THE_SESSION}
    common = [user, transaction.get("dialect"), transaction.get("hidden", False), *places]
    return hashlib.sha256(_canonical(common).encode()).hexdigest()[:32]


def merged(payloads: Iterable[bytes]) -> bytes:
    """
    Several transactions of one kind as one: all events in order; of the rest what the last one says.

    Args:
        payloads: The transactions, in order.
    """
    found: dict[str, Any] = {}
    for payload in payloads:
        transaction = json.loads(payload)
        for name in ("mailboxes", "metadata"):
            if name in found:
                transaction[name] = {**found[name], **transaction.get(name, {})}
        found |= {**transaction, "events": [*found.get("events", ()), *transaction["events"]]}
    return json.dumps(found, separators=(",", ":")).encode()


def _waiting(entry: Entry, until: float) -> Entry:
    kind = kind_of(entry.payload)
    return entry if kind is None else replace(entry, window=Window(key=kind, until=until))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
