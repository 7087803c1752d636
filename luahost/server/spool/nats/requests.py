"""
What is asked of JetStream, and its answers: store, read, delete.

What is stored may be sent again when no answer came, as each message has an id of its own (``Nats-Msg-Id``)
by which the servers know it; so a leader that dies costs time and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from luahost.dataclass import dataclass
from luahost.errors import SpoolError
from luahost.server.spool.nats.inbox import Inbox

if TYPE_CHECKING:
    from nats.aio.msg import Msg

T = TypeVar("T")

PATIENCE_SECONDS = 5.0
"""How long it is asked again, while the servers elect a leader."""

READ_SECONDS = 20.0
"""
How long it is asked again what any server with a copy answers. NATS gives each question to one of them, and
takes minutes to miss one that stands still; of many questions some meet that again and again.
"""

AGAIN_SECONDS = 0.1
"""The pause before that."""

AT_ONCE = 500
"""How many messages one request reads."""

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
MESSAGE_ID = "Nats-Msg-Id"

_WRONG_SEQUENCE = (10071, 10164)
_NOT_FOUND = (10037, 10057)
_DUPLICATE_IN_BATCH = 10201
_UNAVAILABLE = (10008, 10009, 10023, 10039, 10040, 10077, 10118)


class ConflictError(SpoolError):
    """
    Somebody else has written there meanwhile.
    """


class TooLongError(SpoolError):
    """
    A message is longer than the servers allow.
    """


class RefusedError(SpoolError):
    """
    JetStream refused a request.

    Attributes:
        code: Its number for that, ``err_code``.
    """

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message of a stream.
    """

    subject: str
    sequence: int
    payload: bytes
    headers: Mapping[str, str]

    def moment(self, said: float) -> float:
        """
        A time of day that stands in it, or when a server stored it, of one that came from any copy, should it
        have come before: whoever wrote it may have a clock that is ahead, and is not to hold up others.
        """
        return min(said, datetime.fromisoformat(self.headers["Nats-Time-Stamp"]).timestamp())


class Requests(Inbox):
    """
    Ask JetStream, in the connection's loop.

    Args:
        connection: To NATS.

    Raises:
        SpoolError: From every method: there was no answer, or it says that it cannot be done now.
    """

    async def store(
        self,
        subject: str,
        payload: bytes,
        *,
        id: str,
        headers: Mapping[str, str] | None = None,
        expected: int | None = None,
    ) -> int:
        """
        Store a message.

        Args:
            subject: Where.

            payload: What.

            id: By which it is known if it has to be sent again.

            headers: What else goes with it.

            expected: The sequence of the last message with this subject, 0 for none; None: whatever it is.

        Returns:
            Its sequence.

        Raises:
            ConflictError: The last message is another one.
        """
        all_headers = {MESSAGE_ID: id, **(headers or {})}
        if expected is not None:
            all_headers[EXPECTED] = str(expected)
        self.check_size(payload, all_headers)
        return await self.insist(lambda: self._keep(subject, payload, all_headers))

    async def store_all(self, id: str, messages: list[tuple[str, bytes, dict[str, str]]]) -> int:
        """
        Store several messages of one stream: all of them or none; answers the sequence of the last.

        Args:
            id: The batch's, another one at each call.

            messages: Subject, payload and headers of each; at most as many as the servers allow.

        Raises:
            RefusedError: They were refused; :func:`is_duplicate` says if that is because they are there.
        """
        for _, payload, headers in messages:
            self.check_size(payload, headers)
        for number, (subject, payload, headers) in enumerate(messages, 1):
            batch = {"Nats-Batch-Id": id, "Nats-Batch-Sequence": str(number), **headers}
            if number < len(messages):
                await self.publish(subject, payload, "", batch)
        return await self._keep(subject, payload, {**batch, "Nats-Batch-Commit": "1"})

    async def _keep(self, subject: str, payload: bytes, headers: dict[str, str]) -> int:
        try:
            answer = await self._ask_once(subject, payload, headers)
        except (ConflictError, RefusedError):
            raise
        except SpoolError:
            self.connection.watch.not_kept()
            raise
        self.connection.watch.kept()
        return int(answer["seq"])

    async def api(self, verb: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """
        Ask the API of JetStream, ``STREAM.INFO.x`` and the like; what is asked may be asked twice.
        """
        payload = b"" if body is None else json.dumps(body).encode()
        return await self._insist(f"$JS.API.{verb}", payload, None)

    async def delete(self, stream: str, sequence: int) -> bool:
        """
        Delete a message; whether it was there.
        """
        try:
            await self.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence, "no_erase": True})
        except RefusedError as error:
            if error.code in _NOT_FOUND:
                return False
            raise
        return True

    async def purge(self, stream: str, subjects: str, *, below: int | None = None) -> int:
        """
        Delete all messages with these subjects, or those below a sequence; answers how many.
        """
        body: dict[str, Any] = {"filter": subjects}
        if below is not None:
            body["seq"] = below
        return int((await self.api(f"STREAM.PURGE.{stream}", body))["purged"])

    async def newest(self, stream: str, subject: str) -> Message | None:
        """
        The last message with a subject, from the stream's leader, so none is newer.
        """
        return await self._from_leader(stream, {"last_by_subj": subject})

    async def message(self, stream: str, sequence: int) -> Message | None:
        """
        The message with this sequence, from any server that has it, or else from the leader.
        """
        body = json.dumps({"seq": sequence}).encode()
        found = await self.insist(
            lambda: self.ask(f"$JS.API.DIRECT.GET.{stream}", body, None), patience_seconds=READ_SECONDS
        )
        if found.headers is not None and "Nats-Sequence" in found.headers:
            return _message_of(found)
        return await self._from_leader(stream, {"seq": sequence})

    async def first(self, stream: str, subjects: str, *, start: int = 1) -> Message | None:
        """
        The first message with one of these subjects, from a sequence on.
        """
        return await self._from_leader(stream, {"next_by_subj": subjects, "seq": start})

    async def messages(self, stream: str, subjects: str, *, start: int = 1) -> AsyncIterator[Message]:
        """
        All messages with one of these subjects from a sequence on, in order. They may come from a server
        that has not caught up quite yet.
        """
        pending = True
        while pending:
            body = json.dumps({"next_by_subj": subjects, "seq": start, "batch": AT_ONCE}).encode()
            found, pending = await self.insist(
                functools.partial(self._some, stream, body), patience_seconds=READ_SECONDS
            )
            for message in found:
                start = message.sequence + 1
                yield message

    async def _some(self, stream: str, body: bytes) -> tuple[list[Message], bool]:
        """
        As many messages as are read at once, and whether there are more.
        """
        found, pending = list[Message](), False
        async for message in self.many(f"$JS.API.DIRECT.GET.{stream}", body):
            headers = message.headers or {}
            if "Nats-Sequence" in headers:
                found.append(_message_of(message))
            elif headers.get("Status") == "204":
                pending = int(headers.get("Nats-Num-Pending", "0")) > 0
        return found, pending

    def check_size(self, payload: bytes, headers: Mapping[str, str]) -> None:
        """
        See that a message is not longer than the servers allow.
        """
        size = len(payload) + sum(len(key) + len(value) + 4 for key, value in headers.items()) + 16
        most = self.connection.max_payload
        if size > most:
            raise TooLongError(
                f"this takes {size} bytes, and the NATS servers allow {most}; max_payload in their"
                " configuration says how many"
            )

    async def _from_leader(self, stream: str, body: Mapping[str, Any]) -> Message | None:
        try:
            found = (await self.api(f"STREAM.MSG.GET.{stream}", body))["message"]
        except RefusedError as error:
            if error.code in _NOT_FOUND:
                return None
            raise
        return Message(
            found["subject"],
            found["seq"],
            base64.b64decode(found.get("data", "")),
            _headers(base64.b64decode(found.get("hdrs", ""))),
        )

    async def insist(
        self, ask: Callable[[], Awaitable[T]], *, patience_seconds: float = PATIENCE_SECONDS
    ) -> T:
        """
        Ask until there is an answer, or patience ends. What is asked may be asked again.
        """
        end = monotonic() + patience_seconds
        while True:
            try:
                return await ask()
            except ConflictError:
                raise
            except RefusedError as error:
                if error.code not in _UNAVAILABLE or monotonic() > end:
                    raise
            except TooLongError:
                raise
            except SpoolError:
                if monotonic() > end:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def _insist(self, subject: str, payload: bytes, headers: dict[str, str] | None) -> dict[str, Any]:
        return await self.insist(lambda: self._ask_once(subject, payload, headers))

    async def _ask_once(self, subject: str, payload: bytes, headers: dict[str, str] | None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((await self.ask(subject, payload, headers)).data)
        error = found.get("error")
        if error is None:
            return found
        code, words = error.get("err_code", 0), error.get("description", "")
        if code in _WRONG_SEQUENCE:
            raise ConflictError(f"{subject}: {words}")
        raise RefusedError(f"{self.connection.place}: {subject}: {words}", code)


def is_duplicate(error: RefusedError) -> bool:
    """
    Whether a batch was refused as some of it had been stored before.
    """
    return error.code == _DUPLICATE_IN_BATCH


def _message_of(found: Msg) -> Message:
    headers = found.headers or {}
    return Message(headers["Nats-Subject"], int(headers["Nats-Sequence"]), found.data, headers)


def _headers(raw: bytes) -> dict[str, str]:
    lines = raw.decode("utf-8", "replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip(): value.strip() for name, _, value in pairs}
