"""
What a spool keeps: transactions on their way, and what an operator sees of them.

The life of a transaction::

    put → queued → running → done
                     │  ↑ └→ dead ──┐
                     ↓  │           │ retry()
                  retrying ←────────┤
                     └→ expired ────┘     (queued → expired as well)

``replay()`` queues what is done, dead or expired once more, and forgets what was answered.

A transaction is a user and bytes. Times are seconds since 1970, by the clock of the spool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from luahost.dataclass import dataclass, field


class State(StrEnum):
    """
    How far a transaction is.
    """

    QUEUED = "queued"
    """It waits for its first attempt, or an operator asked for another."""

    RUNNING = "running"
    """A runner has claimed it."""

    RETRYING = "retrying"
    """An attempt failed, and it waits for the next."""

    DONE = "done"
    """It ran, and is kept for a while to be looked at."""

    DEAD = "dead"
    """It failed for good. An operator may have it retried."""

    EXPIRED = "expired"
    """Its time was over before it could be done."""


UNFINISHED = (State.QUEUED, State.RUNNING, State.RETRYING)
"""The states from which a transaction goes on by itself."""

FINISHED = (State.DONE, State.DEAD, State.EXPIRED)
"""The states in which it stays until it is retried, dropped or purged."""


@dataclass(slots=True)
class Answered:
    """
    The answer to an outgoing request of a claimed transaction; see :meth:`Spool.record_answer`.
    """

    id: str
    key: str
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    For how long a transaction waits for others that can be run together with it.

    Attributes:
        key: Those of one user that have the same can be.

        until: When its time is over. It is not begun before.
    """

    key: str
    until: float


@dataclass(slots=True, kw_only=True)
class Entry:
    """
    A transaction to be put into a spool. Not to be changed; to have Python see to that would cost as much as
    all else about making one.

    Attributes:
        user: Whose it is: the login name. Transactions of one user run in order, one at a time.

        payload: The transaction as it came, in the format of ``docs/transaction.schema.json``. The spool
            does not look inside.

        expires: When it is of no more use; None for never. It is then not begun any more. An attempt that
            is under way is not stopped.

        window: For how long it waits for others to be run with; None: it runs alone, at once.
    """

    user: str
    payload: bytes
    expires: float | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutKey:
    """
    By what a spool knows a batch that is brought again (draft-ietf-httpapi-idempotency-key-header).

    Attributes:
        key: What its client calls it.

        digest: A hash of what it brings: the same key with another one is a mistake.
    """

    key: str
    digest: bytes


@dataclass(slots=True)
class Batch:
    """
    Transactions that are kept together: all of them or none.

    Attributes:
        entries: The transactions.

        key: If they are brought again with it, nothing is kept again.
    """

    entries: Sequence[Entry]
    key: PutKey | None = None


@dataclass(slots=True, kw_only=True)
class Claim:
    """
    A transaction that its claimer alone may run now. Not to be changed, see :class:`Entry`.

    Attributes:
        id: Its id, unique over all spools: letters, digits and ``-``. The same at each attempt, so that
            idempotency keys can be derived from it.

        user: See :class:`Entry`.

        payload: See :class:`Entry`.

        attempt: The how-manieth attempt this is, from 1. Attempts whose process died count, those that were
            given back, or postponed without counting, do not. Begins anew when an operator asks for a retry.

        accepted: When it was put.

        expires: See :class:`Entry`.

        answers: What :meth:`Spool.record_answer` was given for it in earlier attempts.

        together: Those that are to be run with it, in order: the user's next ones that came in its window,
            with the same key. They end as it ends, and at each later attempt they are the same.
    """

    id: str
    user: str
    payload: bytes
    attempt: int
    accepted: float
    expires: float | None = None
    answers: Mapping[str, bytes] = field(default_factory=dict)
    together: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    A transaction as a list of them shows it.

    Attributes:
        id: See :class:`Claim`.

        user: See :class:`Entry`.

        state: How far it is.

        attempts: How many were begun, see :attr:`Claim.attempt`.

        accepted: When it was put.

        changed: When its state last changed.

        due: When it may next be claimed, if it is its user's turn then; None if it is not waiting.

        expires: See :class:`Entry`.

        reason: Why the last attempt failed, or why it is dead or expired; None if nothing went wrong yet.

        payload_bytes: How long its payload is.
    """

    id: str
    user: str
    state: State
    attempts: int
    accepted: float
    changed: float
    due: float | None
    expires: float | None
    reason: str | None
    payload_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """
    Everything that is kept about a transaction.

    Attributes:
        summary: What a list shows.

        payload: See :class:`Entry`.

        answers: What was recorded with :meth:`Spool.record_answer`.
    """

    summary: Summary
    payload: bytes
    answers: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """
    A transaction with all that another spool needs to go on with it.

    Attributes:
        details: What is shown of it; it does not run.

        window: See :class:`Entry`.

        run: The id of the first of those that it was run with; None if it was not yet, or cannot be.

        since: When an operator last asked for another attempt; None for never.
    """

    details: Details
    window: Window | None = None
    run: str | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """
    Who works on a spool.

    Attributes:
        name: What the machine is called.

        process: The server's process there.

        ending: Whether it begins nothing more, and only finishes what runs; False if it does not say so.

        id: Whatever it is called, see :func:`~luahost.server.spool.this_machine.own_id`; None if it does not
            say.
    """

    name: str
    process: int
    ending: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolStatus:
    """
    How a spool is doing.

    Attributes:
        counts: How many transactions there are of each state; every state is there.

        oldest: Since when the oldest unfinished one is there: when it was accepted, or an operator asked for
            another attempt; None if there is none.

        trouble: Why nothing could be kept when it was last tried, as a server has found; None if that went
            well, or nobody here keeps anything.
    """

    counts: Mapping[State, int]
    oldest: float | None
    trouble: str | None = None

    @property
    def unfinished(self) -> int:
        """
        How many are not finished.
        """
        return sum(self.counts[state] for state in UNFINISHED)


Expired = Callable[[Sequence[Summary]], None]
"""Hears of transactions that are expired."""

TOO_LATE = "its time was over before its turn came"
"""Why one is expired that was never tried."""


def unheard(expired: Sequence[Summary]) -> None:
    """
    Nobody wants to know.
    """
