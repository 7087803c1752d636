"""
The seam between what takes transactions in, what runs them and what keeps them: the spool.

Intake puts transactions in, runners claim them and say how they ended, an operator looks and clears up.
What a spool promises, whatever is behind it (``tests/server/spool/`` holds each to it):

* What :meth:`Spool.put` has answered is on disk. It ends done, dead, expired or dropped, and is never lost.
* A user's transactions run in the order in which they were put, one at a time. Users do not wait for
  each other.
* A claim whose process died is found again when the spool is next opened. A transaction may so run again,
  and is never run twice at the same time.
* Answers to outgoing requests that were recorded for a transaction come back with its next claim, so that
  a retry need not repeat the requests.
* Transactions that may be run together (:class:`~luahost.server.spool.entries.Window`) are claimed together
  and end together, and none of another kind is passed over for that.
* A batch that is put again with the same key is not kept twice.

Methods that write answer with a :class:`concurrent.futures.Future`: a thread calls ``.result()`` on it,
an event loop ``await asyncio.wrap_future(...)``. Many may wait for one write to disk. What is put, claimed
and listed is in :mod:`~luahost.server.spool.entries`. Knows neither HTTP nor Lua.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Protocol, Self

from luahost.errors import LuahostError
from luahost.server.spool.entries import (
    Answered,
    Batch,
    Claim,
    Details,
    Entry,
    Machine,
    PutKey,
    SpoolStatus,
    State,
    Summary,
    Whole,
)
from luahost.server.spool.putting import Kept, each_of


class SpoolControl(ABC):
    """
    A spool as its operator has it, from any process, while a server works on it or while none does.

    The methods wait for the disk; an event loop calls them in a thread.

    Raises:
        InputError: From every method: the spool cannot be used as it stands.

        SpoolError: From every method: the disk is full, or the like; the same call may succeed later.
    """

    @property
    @abstractmethod
    def path(self) -> str:
        """
        Where it is, for people.
        """

    is_shared = False
    """Whether several machines can work on it."""

    @abstractmethod
    def machines(self) -> list[Machine]:
        """
        Those that run what is in it. One that died may be among them for some seconds.
        """

    @abstractmethod
    def transactions(
        self,
        *,
        states: Sequence[State] = (),
        user: str | None = None,
        since: float | None = None,
        until: float | None = None,
        most: int | None = None,
    ) -> list[Summary]:
        """
        Transactions in the order in which they were put.

        Args:
            states: Only those in one of these states; empty for all.

            user: Only those of this user.

            since: Only those that came to their end (``FINISHED``) at this time or later.

            until: Only those that came to their end before this time.

            most: At most so many.
        """

    @abstractmethod
    def show(self, id: str) -> Details | None:
        """
        Everything about a transaction; None if there is no such id.
        """

    @abstractmethod
    def status(self) -> SpoolStatus:
        """
        How many of each state there are, and since when the oldest is there.
        """

    @abstractmethod
    def retry(self, *ids: str, expires: float | None = None) -> list[Summary | None]:
        """
        Queue transactions that are dead, expired or retrying, as if they had never been tried; their answers
        stay. Each takes its old place among those of its user.

        Args:
            ids: Which. For some hundred at once that costs much less than one by one; a server that writes
                meanwhile waits for all of them.

            expires: Their new end, see :attr:`Entry.expires`.

        Returns:
            How each was before, in the order given; if it was queued, running or done, it has not changed.
            None if there is no such id.
        """

    @abstractmethod
    def replay(
        self, ids: Sequence[str], *, expires: float | None = None, new_ids: bool = False
    ) -> dict[str, str]:
        """
        Queue finished transactions once more, whatever became of them, and forget what was answered: all of
        their requests are sent again. Each takes its old place among those of its user.

        Args:
            ids: Which, as :meth:`retry` has them.

            expires: Their new end, see :attr:`Entry.expires`.

            new_ids: Whether each gets another id, so that idempotency keys that are derived from it are
                others, too. The old id is gone then.

        Returns:
            The ids of those that were finished and now are queued, and what their ids are now.
        """

    @abstractmethod
    def drop(self, *ids: str) -> list[Summary | None]:
        """
        Remove transactions that are not running, whether they were run or not.

        Args:
            ids: Which, as :meth:`retry` has them.

        Returns:
            How each was before, in the order given; if it was running, it has not changed. None if there is
            no such id.
        """

    @abstractmethod
    def purge(self, *, before: float, states: Sequence[State] = (State.DONE,)) -> int:
        """
        Remove finished transactions that have been so since before a time.

        Args:
            before: The time.

            states: Some of ``FINISHED``.

        Returns:
            How many were removed.

        Raises:
            UsageError: One of the states is not of ``FINISHED``.
        """

    @abstractmethod
    def forget_keys(self, *, before: float) -> int:
        """
        Forget the keys of batches that were put before a time; what is brought with them again is kept again.

        Returns:
            How many were forgotten.
        """

    @abstractmethod
    def alone(self) -> AbstractContextManager[None]:
        """
        For as long as this lasts nobody else may work on the spool. What was running when a server died waits
        for its next attempt then.

        Raises:
            UsageError: Somebody does.
        """

    @abstractmethod
    def whole(self, ids: Sequence[str]) -> list[Whole]:
        """
        All that another spool needs of these transactions; of those that are not there, nothing. While
        :meth:`alone`.
        """

    @abstractmethod
    def take_in(self, wholes: Sequence[Whole]) -> None:
        """
        Keep transactions of another spool as they are, under the same ids, in the order given and behind all
        others; those that are here already are left as they are. While :meth:`alone`.
        """

    @abstractmethod
    def let_go(self, ids: Sequence[str]) -> None:
        """
        Remove transactions that another spool has taken in. While :meth:`alone`.
        """

    @abstractmethod
    def close(self) -> None:
        """
        Let the spool go. What was asked for before is done first.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Puts(Protocol):
    """
    What transactions can be put into.
    """

    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        See :meth:`Spool.put`.
        """

    def put_each(self, batches: Sequence[Batch]) -> Future[list[Kept]]:
        """
        See :meth:`Spool.put_each`.
        """


class Spool(SpoolControl):
    """
    A spool as a server has it, which is the only one to claim from it. Threads may share it.

    Raises:
        SpoolError: From every future: what was asked for is not on disk, and was not done. The same call
            may succeed later.

        SpoolFullError: From the future of :meth:`put`: as many as may be are unfinished;
            :class:`~luahost.errors.UserFullError` if they are one user's.

        KeyReusedError: From the future of :meth:`put`: something else was brought with the same key.

        UsageError: From the futures that are given a claim's id: it is not claimed, or not any more.
    """

    @abstractmethod
    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        Keep transactions: all of them or none.

        Args:
            entries: The transactions.

            key: If they are brought again with it, nothing is kept again, until :meth:`forget_keys`.

        Returns:
            Their ids in the order given, once all are on disk; those of the first time, if it was not that.
        """

    def put_each(self, batches: Sequence[Batch]) -> Future[list[Kept]]:
        """
        Put several batches in order, each of which is kept or refused for itself. For many that costs less
        than one by one: a thread that waits hears of all of them at once.

        Args:
            batches: The batches, each as :meth:`put` has it.

        Returns:
            What became of each, in the order given, once all that are kept are on disk.
        """
        return each_of([self.put(batch.entries, key=batch.key) for batch in batches])

    @abstractmethod
    def claim(self, most: int = 1) -> Future[list[Claim]]:
        """
        The next transactions that may run, of as many users. Whoever waited longest comes first. Those that
        run together are one.

        Args:
            most: At most so many.

        Returns:
            At least one, as soon as there is one; none at all after :meth:`drain`. A future that was
            cancelled before that claims nothing. Do not cancel ``asyncio.wrap_future`` of it: that may
            drop what has just been claimed; call :meth:`drain`.
        """

    def holds(self, id: str) -> bool:
        """
        Whether a claim still is its claimer's alone, or another machine may have it by now. Asked before what
        is seen elsewhere; it costs nothing.

        Args:
            id: The claim's.
        """
        return True

    @abstractmethod
    def record_answer(self, id: str, key: str, answer: bytes) -> Future[None]:
        """
        Keep the answer to an outgoing request of a claimed transaction, so that a later attempt has it.

        Args:
            id: The claim's.

            key: By which a later attempt will look for it; a second answer takes the place of the first.

            answer: Any bytes.

        Returns:
            Nothing, once it is on disk. What cannot be written is written later, before the next attempt; it
            is lost only if the spool is closed, or its process dies, before that.
        """

    def record_each(self, answers: Sequence[Answered]) -> Future[list[LuahostError | None]]:
        """
        The same for several answers, of whichever transactions, each of which is kept or refused for itself.

        Returns:
            What became of each, in the order given, once all that are kept are on disk.
        """
        return each_of([self.record_answer(each.id, each.key, each.answer) for each in answers])

    @abstractmethod
    def done(self, *ids: str) -> Future[None]:
        """
        Claimed transactions were run. For many at once that costs less than one by one; if one of them is not
        claimed, nothing is done with any.
        """

    @abstractmethod
    def postpone(self, id: str, *, due: float, reason: str, counts: bool = True) -> Future[None]:
        """
        The attempt failed, and there is to be another; its user's later ones wait for it. If it expires
        before that, it ends as expired.

        Args:
            id: The claim's.

            due: Not before this time.

            reason: What went wrong, for the operator.

            counts: Whether the attempt counts. One that does not is followed by one of the same number.
        """

    @abstractmethod
    def bury(self, id: str, *, reason: str) -> Future[None]:
        """
        The attempt failed, and there is to be no other: it is dead, and its user's next one may run.

        Args:
            id: The claim's.

            reason: What went wrong, for the operator.
        """

    @abstractmethod
    def give_back(self, id: str) -> Future[None]:
        """
        The claimed transaction was not run after all: it is queued or retrying as before, at once due, and
        the attempt does not count.
        """

    def together(self) -> AbstractContextManager[None]:
        """
        What this thread asks for while this lasts may be done when it ends, all at once; it does not wait for
        any of it meanwhile.
        """
        return nullcontext()

    @abstractmethod
    def drain(self) -> None:
        """
        Claim no more: futures of :meth:`claim` that wait, and later ones, answer with an empty list. All else
        goes on, so that what runs can be finished.
        """
