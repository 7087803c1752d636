"""
Hearing of each message of a stream, in order and without a gap, whatever happens to connections and servers.

A consumer of our own that nobody else knows. When a message is missing, or nothing is heard for too long, it
is made anew from behind the last message that was heard of.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from luahost.errors import SpoolError
from luahost.server.spool.nats.requests import Message, Requests

if TYPE_CHECKING:
    from nats.aio.msg import Msg

HEARTBEAT_SECONDS = 1.0
"""How often the servers say that there is nothing new."""

SILENCE_SECONDS = 3.0
"""After how long without a word a new consumer is made."""

AGAIN_SECONDS = 0.2
"""The pause before another try."""

_NANOSECONDS = 1_000_000_000


class Follower:
    """
    Follows a stream in the connection's loop.

    Args:
        requests: To ask with.

        stream: Which.

        heard: Is told of each message.

    Attributes:
        position: The sequence of the last message that was heard of, or where it began.
    """

    def __init__(self, requests: Requests, stream: str, heard: Callable[[Message], None]) -> None:
        self.position = 0
        self._requests = requests
        self._stream = stream
        self._tell = heard
        self._subjects: Sequence[str] = ()
        self._numbers = itertools.count(1)
        self._name = ""
        self._subscription: Any = None
        self._delivered = 0
        self._word = monotonic()
        self._changing = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def follow(self, subjects: Sequence[str], *, start: int | None = None) -> None:
        """
        Follow these subjects from now on; what was heard of is not heard again.

        Args:
            subjects: Which; none: hear nothing.

            start: The first sequence to hear of; None: where it is.
        """
        async with self._changing:
            self._subjects = tuple(subjects)
            if start is not None:
                self.position = max(self.position, start - 1)
            await self._begin()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """
        Hear of nothing more.
        """
        for task in (self._watching, self._renewing):
            if task is not None:
                task.cancel()
        with contextlib.suppress(SpoolError):
            await self._end()

    def renew(self) -> None:
        """
        Begin anew behind the last message, as something may have been missed.
        """
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while True:
            try:
                async with self._changing:
                    await self._begin()
                return
            except SpoolError:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if self._subjects and monotonic() - self._word > SILENCE_SECONDS:
                self.renew()

    async def _begin(self) -> None:
        await self._end()
        if not self._subjects:
            return
        client = self._requests.connection.client
        inbox = client.new_inbox()
        name = self._name = f"follower-{secrets.token_hex(6)}-{next(self._numbers)}"
        self._delivered = 0

        async def heard(message: Msg) -> None:
            if self._name == name:
                await self._heard(message)

        try:
            self._subscription = await client.subscribe(
                inbox, cb=heard, pending_msgs_limit=0, pending_bytes_limit=0
            )
        except self._requests.connection.failures as error:
            raise SpoolError(f"{self._requests.connection.place}: {error}") from None
        config = {
            "name": name,
            "deliver_subject": inbox,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self.position + 1,
            "ack_policy": "none",
            "max_deliver": 1,
            "filter_subjects": list(self._subjects),
            "flow_control": True,
            "idle_heartbeat": int(HEARTBEAT_SECONDS * _NANOSECONDS),
            "inactive_threshold": int(10 * _NANOSECONDS),
            "mem_storage": True,
            "num_replicas": 1,
        }
        body = {"stream_name": self._stream, "config": config, "action": "create"}
        self._word = monotonic()
        await self._requests.api(f"CONSUMER.CREATE.{self._stream}.{name}", body)
        self._word = monotonic()

    async def _end(self) -> None:
        subscription, self._subscription = self._subscription, None
        name, self._name = self._name, ""
        if subscription is not None:
            with contextlib.suppress(*self._requests.connection.failures):
                await subscription.unsubscribe()
            with contextlib.suppress(SpoolError):
                await self._requests.tell(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}")

    async def _heard(self, message: Msg) -> None:
        self._word = monotonic()
        headers = message.headers or {}
        if "Status" in headers:
            stalled = headers.get("Nats-Consumer-Stalled") or message.reply
            if stalled:
                await self._requests.tell(stalled)
            if int(headers.get("Nats-Last-Consumer", self._delivered)) != self._delivered:
                self.renew()
            return
        sequence, delivered = _numbers_in(message.reply)
        if delivered != self._delivered + 1:
            self.renew()
            return
        self._delivered = delivered
        if sequence > self.position:
            self.position = sequence
            self._tell(Message(message.subject, sequence, message.data, headers))


def _numbers_in(reply: str) -> tuple[int, int]:
    """
    The sequences in the stream and in the consumer, from the subject of a message's acknowledgement.
    """
    tokens = reply.split(".")
    # $JS.ACK.STREAM.CONSUMER.…, or $JS.ACK.DOMAIN.ACCOUNT.STREAM.CONSUMER.…
    first = 5 if len(tokens) < 11 else 7
    return int(tokens[first]), int(tokens[first + 1])
