"""
Asking the servers of NATS something, and their answers.

All answers come to one subscription and are told apart by their subjects. So many questions are under way at
most; one timer gives up those that nobody answers.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from luahost.dataclass import dataclass, field
from luahost.errors import SpoolError
from luahost.server.spool.nats.connection import Connection

if TYPE_CHECKING:
    from nats.aio.msg import Msg

ANSWER_SECONDS = 2.0
"""How long one request waits for its answer."""

UNDER_WAY = 250
"""How many requests are under way at most: more would only wait for each other, and for their answers."""

_NO_RESPONDERS = "503"
_NOTHING = "404"


@dataclass(slots=True)
class _Reading:
    """
    An answer of many messages that is being read.
    """

    queue: asyncio.Queue[Msg] = field(default_factory=asyncio.Queue)


class Inbox:
    """
    Where answers come to, in the connection's loop.

    Args:
        connection: To NATS.

    Raises:
        SpoolError: From every method: it cannot be said, or nobody answers.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Msg] | _Reading] = {}
        self._deadlines: deque[tuple[float, asyncio.Future[Msg]]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._under_way = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._inbox = ""
        self._name = secrets.token_hex(8)

    def new_id(self) -> str:
        """
        An id that no other message has.
        """
        return f"{self._name}/{next(self._numbers)}"

    async def start(self) -> None:
        """
        Listen for answers. Before anything else.
        """
        client = self.connection.client
        self._inbox = client.new_inbox()
        await client.subscribe(
            f"{self._inbox}.*", cb=self._heard, pending_msgs_limit=0, pending_bytes_limit=0
        )

    async def answer(self, reply: str, word: bytes) -> None:
        """
        Say something about a message that was handed to us, and wait until that is heard. It does not queue
        behind other requests.

        Args:
            reply: Where the message wants its answer.

            word: ``+WPI`` and the like.
        """
        await self.ask_now(reply, word, None)

    async def tell(self, subject: str, payload: bytes = b"", *, reply: str = "") -> None:
        """
        Say something to whoever listens.
        """
        await self.publish(subject, payload, reply, None)

    async def listen(self, subjects: str, heard: Callable[[bytes], None]) -> None:
        """
        Hear what others say.
        """

        async def told(message: Msg) -> None:
            heard(message.data)

        try:
            await self.connection.client.subscribe(subjects, cb=told)
        except self.connection.failures as error:
            raise SpoolError(f"{self.connection.place}: {error}") from None

    async def ask(self, subject: str, payload: bytes, headers: dict[str, str] | None) -> Msg:
        """
        Ask something that has one answer.
        """
        loop = asyncio.get_running_loop()
        if self._under_way >= UNDER_WAY:
            turn = loop.create_future()
            self._queue.append(turn)
            # Whoever is done hands its place on.
            await turn
        else:
            self._under_way += 1
        try:
            return await self.ask_now(subject, payload, headers)
        finally:
            while self._queue and (turn := self._queue.popleft()):
                if not turn.done():
                    turn.set_result(None)
                    break
            else:
                self._under_way -= 1

    async def ask_now(self, subject: str, payload: bytes, headers: dict[str, str] | None) -> Msg:
        """
        Ask something that does not queue behind other requests.
        """
        loop = asyncio.get_running_loop()
        token, waiting = str(next(self._numbers)), loop.create_future()
        self._waiting[token] = waiting
        self._deadlines.append((loop.time() + ANSWER_SECONDS, waiting))
        if self._sweeper is None:
            self._sweeper = loop.call_later(ANSWER_SECONDS, self._sweep, loop)
        try:
            await self.publish(subject, payload, f"{self._inbox}.{token}", headers)
            found: Msg = await waiting
        finally:
            # What could not even be asked is nobody's to hear of any more.
            waiting.cancel()
            del self._waiting[token]
        if found.headers and found.headers.get("Status") == _NO_RESPONDERS:
            raise SpoolError(f"{self.connection.place}: nobody answers for JetStream at the moment")
        return found

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """
        Give those up that have waited for too long. One timer for all costs less than one for each.
        """
        now, self._sweeper = loop.time(), None
        while self._deadlines and (self._deadlines[0][0] <= now or self._deadlines[0][1].done()):
            waiting = self._deadlines.popleft()[1]
            if not waiting.done():
                waiting.set_exception(SpoolError(f"{self.connection.place} does not answer"))
        if self._deadlines:
            self._sweeper = loop.call_at(max(self._deadlines[0][0], now + 0.05), self._sweep, loop)

    async def many(self, subject: str, payload: bytes) -> AsyncIterator[Msg]:
        """
        Ask something that has many answers, the last of which is a status.
        """
        token = str(next(self._numbers))
        reading = self._waiting[token] = _Reading()
        try:
            await self.publish(subject, payload, f"{self._inbox}.{token}", None)
            while True:
                async with asyncio.timeout(ANSWER_SECONDS):
                    found = await reading.queue.get()
                status = (found.headers or {}).get("Status")
                if status == _NO_RESPONDERS:
                    raise SpoolError(f"{self.connection.place}: nobody answers for JetStream at the moment")
                if status == _NOTHING:
                    return
                yield found
                if status is not None:
                    return
        except TimeoutError:
            raise SpoolError(f"{self.connection.place} does not answer") from None
        finally:
            del self._waiting[token]

    async def publish(
        self, subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None
    ) -> None:
        """
        Say something, now or not at all.
        """
        if not self.connection.connected:
            raise SpoolError(f"{self.connection.place} cannot be reached at the moment")
        try:
            await self.connection.client.publish(
                subject, payload, reply=reply, headers=None if headers is None else dict(headers)
            )
        except self.connection.failures as error:
            raise SpoolError(f"{self.connection.place}: {error}") from None

    async def _heard(self, message: Msg) -> None:
        waiting = self._waiting.get(message.subject.rpartition(".")[2])
        if isinstance(waiting, _Reading):
            waiting.queue.put_nowait(message)
        elif waiting is not None and not waiting.done():
            waiting.set_result(message)
