"""
The operator's side of a spool on NATS, for any machine that reaches it, beside servers or without one.

What it changes of unfinished transactions it writes with the expectation that nobody has begun them
meanwhile, and tells who has their partition.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import TypeVar

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config.nats_place import NatsPlace
from luahost.dataclass import replace
from luahost.errors import SpoolError, UsageError
from luahost.server.spool.entries import FINISHED, Details, Machine, SpoolStatus, State, Summary, Whole
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declared
from luahost.server.spool.nats.forms import End, queued_again
from luahost.server.spool.nats.listing import Found, Listing
from luahost.server.spool.nats.machines import machines_in, said_by_machines, servers_in
from luahost.server.spool.nats.moving import Moving
from luahost.server.spool.nats.names import Names, id_of, is_id, new_salt, partition_of
from luahost.server.spool.nats.putting import forget_keys
from luahost.server.spool.nats.requests import ConflictError, Requests
from luahost.server.spool.nats.several import each, each_in_order
from luahost.server.spool.spool import SpoolControl
from luahost.server.spool.this_machine import shown_names

T = TypeVar("T")

TRIES = 20
"""How often a change is tried that somebody else's comes between."""

DROPPED_SECONDS = 3600
"""For how long it is known that a transaction was removed, for whoever believes that it waits."""

_RETRIED = (State.DEAD, State.EXPIRED, State.RETRYING)


class NatsControl(SpoolControl):
    """
    A spool on NATS in the hands of its operator. Threads may share it.

    Args:
        place: Where it is.

        clock: What time it is.

    Raises:
        InputError: There is no spool, or it cannot be used.
    """

    is_shared = True

    def __init__(self, place: NatsPlace, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.place = place
        self._clock = clock
        self._names = Names(place.prefix)
        self._connection = Connection(place)
        self._closed = False
        self._requests = Requests(self._connection)
        self._listing = Listing(self._requests, self._names)
        try:
            self._wait(self._requests.start())
            self._declared = self._wait(declared(self._connection))
        except BaseException:
            self._connection.close()
            raise
        partitions = self._declared.partitions
        self._moving = Moving(
            self._requests, self._names, self._listing, lambda user: partition_of(user, partitions)
        )

    @property
    def path(self) -> str:
        """
        Where it is, for people.
        """
        return str(self.place)

    def machines(self) -> list[Machine]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.machines`.
        """
        return self._ask(lambda: machines_in(self._requests, self._names))

    def shares(self) -> list[list[int]]:
        """
        The partitions of each of the machines.
        """
        said = self._ask(lambda: said_by_machines(self._requests, self._names))
        return [each["partitions"] for each in said if each["runs"]]

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
        See :meth:`~luahost.server.spool.spool.SpoolControl.transactions`.
        """
        limited = since is not None or until is not None
        wanted = [state for state in states or State if not limited or state in FINISHED]

        async def listed() -> list[Found]:
            return await self._listing.all(wanted, user=user, partitions=self._declared.partitions)

        found = [one.summary for one in self._ask(listed)]
        if since is not None:
            found = [one for one in found if one.changed >= since]
        if until is not None:
            found = [one for one in found if one.changed < until]
        return found[:most]

    def show(self, id: str) -> Details | None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.show`.
        """
        if not is_id(id):
            return None
        found = self._ask(lambda: self._listing.one(id))
        if found is None:
            return None
        answers = self._ask(lambda: self._listing.answers(id))
        return Details(summary=found.summary, payload=found.payload, answers=answers)

    def status(self) -> SpoolStatus:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.status`.
        """
        return self._ask(self._listing.status)

    def retry(self, *ids: str, expires: float | None = None) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.retry`.
        """

        async def retried(found: Found) -> Summary | None:
            return await self._insist(found, lambda one: self._retry(one, expires))

        return self._ask(lambda: each_in_order(ids, self._one, retried))

    def replay(
        self, ids: Sequence[str], *, expires: float | None = None, new_ids: bool = False
    ) -> dict[str, str]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.replay`.
        """

        async def replay(found: Found) -> str | None:
            return await self._replay(found, expires, new_ids)

        replayed = self._ask(lambda: each_in_order(ids, self._one, replay))
        return {id: new for id, new in zip(ids, replayed, strict=True) if new is not None}

    def drop(self, *ids: str) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.drop`.
        """

        async def dropped(id: str) -> Summary | None:
            return await self._insist(await self._one(id), self._drop)

        return self._ask(lambda: each(ids, dropped))

    def purge(self, *, before: float, states: Sequence[State] = (State.DONE,)) -> int:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.purge`.
        """
        unfinished = [state.value for state in states if state not in FINISHED]
        if unfinished:
            raise UsageError(f"{', '.join(unfinished)}: only what is finished can be purged")

        async def purge_all() -> int:
            return sum([await self._listing.purge(state, before) for state in states])

        return self._ask(purge_all)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.alone`.
        """
        there = self._ask(lambda: servers_in(self._requests, self._names))
        if there:
            named = zip(shown_names(there), there, strict=True)
            names = ", ".join(f"{name} (process {machine.process})" for name, machine in named)
            raise UsageError(f"{self.place}: servers work on this spool, end them first: {names}")
        yield

    def whole(self, ids: Sequence[str]) -> list[Whole]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.whole`.
        """
        now = self._clock.time()

        async def wholes() -> list[Whole | None]:
            return await asyncio.gather(*(self._moving.whole(id, now) for id in ids))

        return [whole for whole in self._ask(wholes) if whole is not None]

    def take_in(self, wholes: Sequence[Whole]) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.take_in`.
        """

        async def take_all() -> None:
            # One after the other: their order is that of the stream.
            for whole in wholes:
                await self._moving.take_in(whole)

        self._ask(take_all)

    def let_go(self, ids: Sequence[str]) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.let_go`.
        """

        async def let_all_go() -> None:
            await asyncio.gather(*(self._moving.let_go(id) for id in ids))

        self._ask(let_all_go)

    def forget_keys(self, *, before: float) -> int:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.forget_keys`.
        """
        return self._ask(lambda: forget_keys(self._requests, self._names, before))

    def close(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.close`.
        """
        if not self._closed:
            self._closed = True
            self._connection.close()

    def _ask(self, act: Callable[[], Awaitable[T]]) -> T:
        """
        Have something done in the connection's loop, and wait for it.
        """
        if self._closed:
            raise SpoolError(f"{self.place}: this spool is closed")

        async def acted() -> T:
            await self._settled()
            return await act()

        return self._wait(acted())

    def _wait(self, acting: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await acting

        try:
            return self._connection.call(awaited()).result()
        except (CancelledError, FutureTimeoutError):
            raise SpoolError(f"{self.place}: the connection was closed") from None

    async def _settled(self) -> None:
        """
        Wait until what was settled here before is tidied up.
        """

    def _partition(self, found: Found) -> int:
        """
        Where a transaction is, or would be.
        """
        return partition_of(found.kept.user, self._declared.partitions)

    async def _changed(self, id: str, partition: int, sequence: int) -> None:
        """
        Tell whoever has its partition that a transaction was changed.

        Args:
            id: Which.

            partition: Where it is.

            sequence: That of its new message; 0 if it has none.
        """
        await self._requests.tell(self._names.look(partition), id.encode("ascii"))

    async def _one(self, id: str) -> Found | None:
        return await self._listing.one(id) if is_id(id) else None

    async def _insist(
        self, found: Found | None, change: Callable[[Found], Awaitable[None]]
    ) -> Summary | None:
        """
        Change a transaction, and look at it again if somebody else did meanwhile.
        """
        for left in reversed(range(TRIES)):
            if found is None:
                return None
            try:
                await change(found)
            except ConflictError:
                if not left:
                    raise
                found = await self._listing.one(found.summary.id)
                continue
            return found.summary
        raise AssertionError("unreachable")

    async def _retry(self, found: Found, expires: float | None) -> None:
        id = found.summary.id
        if found.summary.state not in _RETRIED:
            return
        now = self._clock.time()
        if found.end is not None:
            await self._queue(found, found.end, expires=expires, new_id=id, answers=found.end.answers)
            return
        record = replace(
            found.record,
            state=State.QUEUED,
            attempts=0,
            changed=now,
            due=now,
            since=now,
            expires=expires,
            node="",
        )
        await self._write(found, record.written())

    async def _replay(self, found: Found, expires: float | None, new_id: bool) -> str | None:
        if found.end is None:
            return None
        id = id_now = found.summary.id
        if new_id:
            id_now = id_of(self._partition(found), new_salt(secrets.token_bytes(8)), 0)
        if found.end.answers:
            await self._requests.purge(self._names.attempts, self._names.answers(id))
        await self._queue(found, found.end, expires=expires, new_id=id_now, answers=False)
        return id_now

    async def _queue(
        self, found: Found, end: End, *, expires: float | None, new_id: str, answers: bool
    ) -> None:
        """
        Queue a finished one once more: first it is there again, then it is not finished any more.
        """
        partition = self._partition(found)
        kept = queued_again(
            replace(end, reason=None) if not answers else end,
            since=self._clock.time(),
            expires=expires,
            answers=answers,
        )
        sequence = await self._requests.store(
            self._names.transaction(partition, kept.user, new_id),
            found.payload,
            id=f"{new_id}/{kept.round}",
            headers=kept.headers(),
        )
        await self._requests.delete(self._names.finished(found.summary.state), found.sequence)
        await self._changed(new_id, partition, sequence)

    async def _drop(self, found: Found) -> None:
        id, state = found.summary.id, found.summary.state
        if state is State.RUNNING:
            return
        if found.end is not None:
            await self._requests.delete(self._names.finished(state), found.sequence)
            if found.end.answers:
                await self._requests.purge(self._names.attempts, self._names.answers(id))
            return
        record = replace(found.record, dropped=True)
        partition = self._partition(found)
        await self._requests.store(
            self._names.record(id, partition),
            record.written(),
            id=self._requests.new_id(),
            headers={"Nats-TTL": str(DROPPED_SECONDS)},
            expected=found.revision,
        )
        await self._requests.delete(self._names.transactions, found.sequence)
        await self._requests.purge(self._names.attempts, self._names.answers(id))
        await self._changed(id, partition, 0)

    async def _write(self, found: Found, record: bytes) -> None:
        id, partition = found.summary.id, self._partition(found)
        await self._requests.store(
            self._names.record(id, partition), record, id=self._requests.new_id(), expected=found.revision
        )
        await self._changed(id, partition, 0)
