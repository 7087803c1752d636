"""
Looking at the transactions of a spool on NATS: all, one, how many; and taking old ones out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from luahost.dataclass import dataclass
from luahost.server.spool.entries import FINISHED, UNFINISHED, SpoolStatus, State, Summary
from luahost.server.spool.nats.forms import (
    End,
    Kept,
    Record,
    first_record,
    read_answer,
    read_end,
    read_kept,
    read_record,
    summary_of,
    summary_of_end,
)
from luahost.server.spool.nats.names import Names, partition_of
from luahost.server.spool.nats.requests import Message, Requests

AT_ONCE = 100
"""How many are purged at the same time of what hangs on transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    A transaction as it is kept.

    Attributes:
        summary: What a list shows.

        place: Its place among all.

        sequence: That of its message.

        payload: What came.

        kept: What is known of it.

        record: How far it is, if it is not finished.

        revision: The sequence of the message that says so, 0 for none.

        end: What is known of it if it is finished.
    """

    summary: Summary
    place: int
    sequence: int
    payload: bytes
    kept: Kept
    record: Record
    revision: int = 0
    end: End | None = None


class Listing:
    """
    Looks, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.
    """

    def __init__(self, requests: Requests, names: Names) -> None:
        self._requests = requests
        self._names = names

    async def all(self, states: Sequence[State], *, user: str | None, partitions: int) -> list[Found]:
        """
        Those in these states, in the order in which they were put.
        """
        found: dict[str, Found] = {}
        if any(state in UNFINISHED for state in states):
            found = {one.summary.id: one async for one in self._unfinished(user, partitions)}
        for state in FINISHED:
            if state in states:
                async for one in self._finished(state):
                    if user is None or one.summary.user == user:
                        _keep_newer(found, one)
        chosen = (one for one in found.values() if one.summary.state in states)
        return sorted(chosen, key=lambda one: one.place)

    async def one(self, id: str) -> Found | None:
        """
        The one with this id, as the servers have it at this moment.
        """
        message, record, *ends = await asyncio.gather(
            self._requests.newest(self._names.transactions, self._names.transaction_of(id)),
            self._requests.newest(self._names.attempts, self._names.record(id)),
            *(
                self._requests.newest(self._names.finished(state), self._names.end(state, id))
                for state in FINISHED
            ),
        )
        found: dict[str, Found] = {}
        if message is not None:
            one = _unfinished_one(message, record)
            if not one.record.dropped:
                found[id] = one
        for state, end in zip(FINISHED, ends, strict=True):
            if end is not None:
                _keep_newer(found, _finished_one(state, end))
        return found.get(id)

    async def answers(self, id: str) -> dict[str, bytes]:
        """
        What was recorded for a transaction.
        """
        found = self._requests.messages(self._names.attempts, self._names.answers(id))
        return dict([read_answer(message.payload) async for message in found])

    async def status(self) -> SpoolStatus:
        """
        How many of each state there are, and since when the oldest unfinished one is there.
        """
        counts = dict.fromkeys(State, 0)
        streams = [self._names.transactions, *(self._names.finished(state) for state in FINISHED)]
        infos = await asyncio.gather(*(self._requests.api(f"STREAM.INFO.{name}") for name in streams))
        unfinished, *finished = (int(info["state"]["messages"]) for info in infos)
        counts.update(zip(FINISHED, finished, strict=True))
        since: dict[str, float] = {}
        async for message in self._requests.messages(self._names.attempts, self._names.records()):
            record = read_record(message)
            if record.dropped:
                continue
            if record.since is not None:
                since[message.subject.split(".")[-2]] = record.since
            if record.state in (State.RUNNING, State.RETRYING):
                counts[record.state] += 1
        counts[State.QUEUED] = max(unfinished - counts[State.RUNNING] - counts[State.RETRYING], 0)
        return SpoolStatus(counts=counts, oldest=await self._oldest(since) if unfinished else None)

    async def purge(self, state: State, before: float) -> int:
        """
        Remove those that came to this end before a time, with their answers; answers how many.
        """
        old: list[Found] = []
        stream, subjects = self._names.finished(state), self._names.end(state)
        async for message in self._requests.messages(stream, subjects):
            one = _finished_one(state, message)
            # The order is that of their ends.
            if message.moment(one.summary.changed) >= before:
                break
            old.append(one)
        if not old:
            return 0
        for begin in range(0, len(old), AT_ONCE):
            about = [
                self._requests.purge(self._names.attempts, self._names.answers(one.summary.id))
                for one in old[begin : begin + AT_ONCE]
                if one.end is not None and one.end.answers
            ]
            await asyncio.gather(*about)
        return await self._requests.purge(
            self._names.finished(state), self._names.end(state), below=old[-1].sequence + 1
        )

    async def _oldest(self, since: dict[str, float]) -> float | None:
        """
        Since when the oldest is there. The order of the stream is that in which they were queued, but for
        those that an operator asked for again while they waited.
        """
        moments = list(since.values())
        start = 1
        while True:
            message = await self._requests.first(
                self._names.transactions, self._names.all_transactions, start=start
            )
            if message is None:
                break
            kept = read_kept(message)
            if message.subject.rpartition(".")[2] not in since:
                moments.append(kept.accepted if kept.since is None else kept.since)
                break
            start = message.sequence + 1
        return min(moments, default=None)

    async def _unfinished(self, user: str | None, partitions: int) -> AsyncIterator[Found]:
        subjects, records = self._names.all_transactions, self._names.records()
        if user is not None:
            partition = partition_of(user, partitions)
            subjects = self._names.transaction(partition, user)
            records = self._names.records(partition)
        known = {
            message.subject.split(".")[-2]: message
            async for message in self._requests.messages(self._names.attempts, records)
        }
        async for message in self._requests.messages(self._names.transactions, subjects):
            found = _unfinished_one(message, known.get(message.subject.rpartition(".")[2]))
            if not found.record.dropped:
                yield found

    async def _finished(self, state: State) -> AsyncIterator[Found]:
        stream, subjects = self._names.finished(state), self._names.end(state)
        async for message in self._requests.messages(stream, subjects):
            yield _finished_one(state, message)


def _unfinished_one(message: Message, record: Message | None) -> Found:
    id, kept = message.subject.rpartition(".")[2], read_kept(message)
    known = first_record(kept) if record is None else read_record(record)
    return Found(
        summary=summary_of(id, kept, known, len(message.payload)),
        place=message.sequence if kept.place is None else kept.place,
        sequence=message.sequence,
        payload=message.payload,
        kept=kept,
        record=known,
        revision=0 if record is None else record.sequence,
    )


def _finished_one(state: State, message: Message) -> Found:
    id, end = message.subject.rpartition(".")[2], read_end(message)
    return Found(
        summary=summary_of_end(id, state, end, len(message.payload)),
        place=end.place,
        sequence=message.sequence,
        payload=message.payload,
        kept=end.kept,
        record=first_record(end.kept),
        end=end,
    )


def _keep_newer(found: dict[str, Found], one: Found) -> None:
    """
    Of two that are there as something is being moved: the finished one, if it was not queued again since.
    """
    known = found.get(one.summary.id)
    if known is None or one.kept.round >= known.kept.round:
        found[one.summary.id] = one
