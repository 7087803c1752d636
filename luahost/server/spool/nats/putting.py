"""
Putting transactions into a spool on NATS: room, key, and all of a batch or none of it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from luahost.clock import Clock
from luahost.errors import KeyReusedError, SpoolError, SpoolFullError, UserFullError
from luahost.server.spool.entries import FINISHED, Entry, PutKey
from luahost.server.spool.nats.forms import kept_of
from luahost.server.spool.nats.names import Names, id_of, new_salt, partition_of
from luahost.server.spool.nats.requests import (
    MESSAGE_ID,
    ConflictError,
    Message,
    RefusedError,
    Requests,
    is_duplicate,
)

MOST_TOGETHER = 1000
"""How many messages the servers store as one batch."""

COUNTED_SECONDS = 1.0
"""How old the number of unfinished transactions may be that is compared with the limit, far from it."""

NEAR = 0.9
"""From what part of a limit on it is counted each time."""

SEEN_SECONDS = 60.0
"""How long what was put of a user is remembered."""

_MOST_SALT_BYTES = 8


class Putting:
    """
    Puts, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        partitions: How many there are.

        most: How many transactions may be unfinished.

        most_of_user: How many of them may be one user's; None for all.

        settled: Waits until what is being tidied up is.

        clock: The spool's time.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        *,
        partitions: int,
        most: int,
        most_of_user: int | None,
        settled: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._names = names
        self._partitions = partitions
        self._most = most
        self._most_of_user = most_of_user
        self._settled = settled
        self._clock = clock
        self._counted = -COUNTED_SECONDS
        self._unfinished = 0
        self._of_users: Counter[str] = Counter()
        self._since = 0.0
        self._with_key: dict[str, asyncio.Lock] = {}
        self._checking = asyncio.Lock()

    async def put(self, entries: Sequence[Entry], key: PutKey | None) -> tuple[list[str], int]:
        """
        See :meth:`~luahost.server.spool.spool.Puts.put`.

        Returns:
            The ids, and the sequence of the last message; 0 if that is not known.
        """
        if not entries:
            return [], 0
        if key is None:
            await self._check_room(entries)
            return await self._store(entries, new_salt(secrets.token_bytes(_MOST_SALT_BYTES)))
        subject = self._names.key(key.key)
        lock = self._with_key.setdefault(subject, asyncio.Lock())
        try:
            async with lock:
                return await self._put_with_key(entries, key, subject)
        finally:
            if not lock.locked():
                self._with_key.pop(subject, None)

    async def _put_with_key(
        self, entries: Sequence[Entry], key: PutKey, subject: str
    ) -> tuple[list[str], int]:
        """
        First it is written which ids the batch gets, then it is stored, then that it is: whoever brings it
        again in between stores the same.
        """
        known = await self._requests.newest(self._names.keys, subject)
        if known is None:
            await self._check_room(entries)
            salt = new_salt(secrets.token_bytes(_MOST_SALT_BYTES))
            try:
                revision = await self._note(subject, key, salt, stored=False, revision=0)
            except ConflictError:
                known = await self._requests.newest(self._names.keys, subject)
                if known is None:
                    raise
        if known is not None:
            found = json.loads(known.payload)
            if bytes.fromhex(found["digest"]) != key.digest:
                raise KeyReusedError("this idempotency key came before, with other transactions")
            salt, revision = found["salt"], known.sequence
            if found["stored"] or await self._is_there(self._ids(entries, salt)[-1]):
                return self._ids(entries, salt), 0
        ids, last = await self._store(entries, salt)
        await self._note(subject, key, salt, stored=True, revision=revision)
        return ids, last

    async def _note(self, subject: str, key: PutKey, salt: str, *, stored: bool, revision: int) -> int:
        told = {
            "digest": key.digest.hex(),
            "salt": salt,
            "stored": stored,
            "accepted": self._clock.time(),
        }
        return await self._requests.store(
            subject, json.dumps(told).encode(), id=self._requests.new_id(), expected=revision
        )

    async def _is_there(self, id: str) -> bool:
        places = [(self._names.transactions, self._names.transaction_of(id))]
        places += [(self._names.finished(state), self._names.end(state, id)) for state in FINISHED]
        found = await asyncio.gather(*(self._requests.newest(*place) for place in places))
        return any(message is not None for message in found)

    async def _store(self, entries: Sequence[Entry], salt: str) -> tuple[list[str], int]:
        time, ids = self._clock.time(), self._ids(entries, salt)
        messages = [
            (
                self._names.transaction(partition_of(entry.user, self._partitions), entry.user, id),
                entry.payload,
                {MESSAGE_ID: id, **kept_of(entry, time).headers()},
            )
            for entry, id in zip(entries, ids, strict=True)
        ]
        self._unfinished += len(ids)
        if len(messages) == 1:
            [(subject, payload, headers)] = messages
            last = await self._requests.store(subject, payload, id=headers[MESSAGE_ID], headers=headers)
        else:
            last = await self._store_batch(messages)
        return ids, last

    async def _store_batch(self, messages: list[tuple[str, bytes, dict[str, str]]]) -> int:
        """
        Store what the servers take at once, and if it is more, one such part after the other; if one cannot
        be stored, those before it are taken back.
        """
        last = 0
        for begin in range(0, len(messages), MOST_TOGETHER):
            part = messages[begin : begin + MOST_TOGETHER]
            try:
                last = await self._store_part(part)
            except SpoolError:
                for subject, _, _ in messages[:begin]:
                    await self._requests.purge(self._names.transactions, subject)
                raise
        return last

    async def _store_part(self, part: list[tuple[str, bytes, dict[str, str]]]) -> int:
        async def store(id: str) -> int:
            try:
                return await self._requests.store_all(id, part)
            except RefusedError as error:
                if is_duplicate(error):
                    return 0
                raise

        return await self._requests.insist(lambda: store(secrets.token_hex(8)))

    def _ids(self, entries: Sequence[Entry], salt: str) -> list[str]:
        return [
            id_of(partition_of(entry.user, self._partitions), salt, number)
            for number, entry in enumerate(entries)
        ]

    async def _check_room(self, entries: Sequence[Entry]) -> None:
        """
        See that there is room. Far from a limit that is known well enough without asking each time.
        """
        async with self._checking:
            loop = asyncio.get_running_loop()
            more = len(entries)
            near = self._unfinished + more > self._most * NEAR
            if near or loop.time() - self._counted > COUNTED_SECONDS:
                if near:
                    await self._settled()
                self._unfinished = await unfinished_in(self._requests, self._names)
                self._counted = loop.time()
            if self._unfinished + more > self._most:
                raise SpoolFullError(
                    f"{self._unfinished} transactions are unfinished, and no more than {self._most} may be"
                )
            if self._most_of_user is not None:
                await self._check_users(Counter(entry.user for entry in entries), self._most_of_user)

    async def _check_users(self, users: Counter[str], most: int) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._since > SEEN_SECONDS:
            self._of_users.clear()
            self._since = loop.time()
        for user, more in users.items():
            # Another machine may have taken as many.
            if (self._of_users[user] + more) * 8 > most:
                await self._settled()
                unfinished = await self._unfinished_of(user)
                if unfinished + more > most:
                    raise UserFullError(
                        f"{unfinished} transactions of this user are unfinished, and no more than"
                        f" {most} of one user may be"
                    )
            self._of_users[user] += more

    async def _unfinished_of(self, user: str) -> int:
        subject = self._names.transaction(partition_of(user, self._partitions), user)
        info = await self._requests.api(
            f"STREAM.INFO.{self._names.transactions}", {"subjects_filter": subject}
        )
        return len(info["state"].get("subjects") or {})


async def unfinished_in(requests: Requests, names: Names) -> int:
    """
    How many transactions are not finished.
    """
    info = await requests.api(f"STREAM.INFO.{names.transactions}")
    return int(info["state"]["messages"])


async def forget_keys(requests: Requests, names: Names, before: float) -> int:
    """
    See :meth:`~luahost.server.spool.spool.SpoolControl.forget_keys`.
    """
    old: list[Message] = []
    async for message in requests.messages(names.keys, names.all_keys):
        # The order is that in which they were last written, so what follows is newer.
        if message.moment(json.loads(message.payload)["accepted"]) >= before:
            break
        old.append(message)
    deleted = await asyncio.gather(*(requests.delete(names.keys, message.sequence) for message in old))
    return sum(deleted)
