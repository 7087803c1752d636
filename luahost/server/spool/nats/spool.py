"""
The spool on NATS as a server has it: it puts, and takes part in the work.

What is asked for goes to the connection's thread, and is answered by futures.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config.nats_place import NatsPlace
from luahost.dataclass import replace
from luahost.errors import SpoolError, SpoolFullError, UsageError
from luahost.server.spool.entries import Claim, Entry, Expired, PutKey, SpoolStatus, unheard
from luahost.server.spool.nats.control import NatsControl
from luahost.server.spool.nats.granting import Claimer
from luahost.server.spool.nats.names import partition_of
from luahost.server.spool.nats.owner import Owner
from luahost.server.spool.nats.putting import Putting
from luahost.server.spool.spool import Spool

T = TypeVar("T")

MOST_UNFINISHED = 1_000_000
"""How many transactions may be unfinished, unless told otherwise."""


class NatsSpool(NatsControl, Spool):
    """
    A spool on NATS in the hands of a server, which is one of any number.

    Args:
        place: Where it is.

        clock: What time it is.

        most_unfinished: How many transactions may be unfinished in the whole spool before :meth:`put` refuses
            more; about so many if several machines put.

        most_unfinished_of_user: How many of them may be one user's; None for all.

        runs: Whether this machine takes part in the work; one that only puts does not.

        longest_bytes: The longest transaction that has to fit into a message.

        expired: Hears of those whose time was over before their turn came, once that is written; called in
            the connection's thread.

    Raises:
        InputError: There is no spool, it cannot be used, or its servers take no messages so long.
    """

    def __init__(
        self,
        place: NatsPlace,
        *,
        clock: Clock = SYSTEM_CLOCK,
        most_unfinished: int = MOST_UNFINISHED,
        most_unfinished_of_user: int | None = None,
        runs: bool = True,
        longest_bytes: int = 0,
        expired: Expired = unheard,
    ) -> None:
        super().__init__(place, clock=clock)
        self._check_length(longest_bytes)
        self.node = secrets.token_hex(6)
        self._trouble: str | None = None

        async def begin() -> None:
            self._owner = Owner(
                self._requests, self._names, self._declared, self.node, clock, expired, runs=runs
            )
            self._putting = Putting(
                self._requests,
                self._names,
                partitions=self._declared.partitions,
                most=most_unfinished,
                most_of_user=most_unfinished_of_user,
                settled=self._owner.settling.settled,
                clock=clock,
            )
            await self._owner.start()

        self._wait(begin())
        self._connection.on_reconnect(self._owner.renew)

    def _check_length(self, longest_bytes: int) -> None:
        most = self._connection.max_payload
        if most < longest_bytes:
            self._connection.close()
            raise UsageError(
                f"the NATS servers at {self.place} take messages of {most} bytes, and one transaction may "
                f"have {longest_bytes} (max_body_bytes): give them max_payload: 8MB in nats-server.conf, or "
                f"luahost max_body_bytes: {most}"
            )

    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.put`.
        """

        async def put() -> list[str]:
            try:
                ids, last = await self._putting.put(entries, key)
            except SpoolError as error:
                if not isinstance(error, SpoolFullError):
                    self._trouble = str(error)
                raise
            if entries:
                self._trouble = None
            if last:
                await self._owner.heard_of(last, partition_of(entries[-1].user, self._declared.partitions))
            self._owner.granting.look()
            return ids

        return self._begin(put())

    def status(self) -> SpoolStatus:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.status`.
        """
        return replace(super().status(), trouble=self._trouble)

    def holds(self, id: str) -> bool:
        """
        See :meth:`~luahost.server.spool.spool.Spool.holds`.
        """
        return self._owner.holds(id)

    def partitions(self) -> list[int]:
        """
        The partitions that this machine has.
        """
        return self._owner.partitions.held

    def claim(self, most: int = 1) -> Future[list[Claim]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.claim`.
        """
        claimer = Claimer(most)
        if self._closed:
            claimer.future.set_result([])
        else:
            self._connection.loop.call_soon_threadsafe(self._owner.granting.ask, claimer)
        return claimer.future

    def record_answer(self, id: str, key: str, answer: bytes) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.record_answer`.
        """
        return self._begin(self._owner.settling.record_answer(id, key, answer))

    def done(self, *ids: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.done`.
        """
        return self._settle(self._owner.settling.done(ids))

    def postpone(self, id: str, *, due: float, reason: str, counts: bool = True) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.postpone`.
        """
        return self._settle(self._owner.settling.postpone(id, due, reason, counts))

    def bury(self, id: str, *, reason: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.bury`.
        """
        return self._settle(self._owner.settling.bury(id, reason))

    def give_back(self, id: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.give_back`.
        """
        return self._settle(self._owner.settling.give_back(id))

    def drain(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.drain`.
        """

        async def drain() -> None:
            self._owner.drain()

        if not self._closed:
            self._connection.call(drain()).result()

    def close(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.close`.
        """
        if not self._closed:
            self._closed = True
            self._wait(self._owner.stop())
            self._connection.close()

    async def _settled(self) -> None:
        await self._owner.settling.settled()

    async def _changed(self, id: str, partition: int, sequence: int) -> None:
        await super()._changed(id, partition, sequence)
        await self._owner.heard_of(sequence, partition)
        await self._owner.look_at(id)

    def _settle(self, act: Coroutine[Any, Any, None]) -> Future[None]:
        async def settle() -> None:
            await self._owner.settling.tracked(act)
            self._owner.granting.look()

        return self._begin(settle())

    def _begin(self, act: Coroutine[Any, Any, T]) -> Future[T]:
        if self._closed:
            act.close()
            refused: Future[T] = Future()
            refused.set_exception(SpoolError(f"{self.place}: this spool is closed"))
            return refused
        return self._connection.call(self._unless_closed(act))

    async def _unless_closed(self, act: Coroutine[Any, Any, T]) -> T:
        try:
            return await act
        except asyncio.CancelledError:
            if self._closed:
                raise SpoolError(f"{self.place}: this spool is closed") from None
            raise
