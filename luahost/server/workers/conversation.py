"""
What server and worker say to each other about one transaction, or about sessions that end: the server's side.
"""

from __future__ import annotations

import errno
import functools
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from luahost.effects import Effect
from luahost.errors import EndpointError, LuahostError
from luahost.exchange import Answer, Request
from luahost.exchange import effect_of as effect_of_exchange
from luahost.runtime.codec import FrameError
from luahost.server.cooperation import aside, sleep
from luahost.server.worker.effect_form import SEEN, Calls, calls_of, effect_of
from luahost.server.worker.exchange_form import answer_document, error_document, request_of
from luahost.server.worker.frames import (
    ANSWER,
    CLOSE,
    DONE,
    EXCHANGE,
    METADATA,
    MOST_REMEMBERED,
    PAUSE,
    READ,
    RUN,
    SETUP,
    SHORT_BYTES,
    STOPPED,
    TOLD,
    Frame,
    binary,
    dumped,
)
from luahost.server.workers.line import Flight
from luahost.server.workers.setup import Setup
from luahost.server.workers.worker_process import WorkerProcess
from luahost.store import MetadataStore

_FRESH, _AS_IT_IS = dumped({"fresh": True}), dumped({"fresh": False})
"""Whether a session that goes on already is ended before."""


class StoppedError(Exception):
    """
    The worker has ended itself, since a limit had struck where nothing else helps.
    """

    def __init__(self, limit: str, spent: float, allowed: float) -> None:
        super().__init__(limit, spent, allowed)
        self.limit = limit
        self.spent = spent
        self.allowed = allowed


class Door(Protocol):
    """
    What a worker's sessions may have of the world.
    """

    metadata: MetadataStore | None

    def setup(self, user: Mapping[str, Any]) -> Setup:
        """
        How a session of the user with these fields is set up.

        Raises:
            LuahostError: There can be none.
        """

    def exchange(self, request: Request, setup: Setup, *, outside: bool) -> tuple[Request, Answer]:
        """
        Send a request: the request as it was sent, and its answer.

        Args:
            request: The request.

            setup: Whose session sends it.

            outside: Whether it belongs to no transaction.

        Raises:
            EndpointError: There is no answer.
        """

    def hear(self, effect: Effect, setup: Setup, *, outside: bool) -> None:
        """
        Something has happened in a session.
        """

    def count(self, calls: Calls) -> None:
        """
        So often were functions of scripts called for the transaction.
        """


class Conversation:
    """
    One conversation.

    Args:
        worker: With which worker.

        flight: In which flight.

        door: What its sessions may have.
    """

    __slots__ = ("_door", "_flight", "_seen", "_worker")

    def __init__(self, worker: WorkerProcess, flight: Flight, door: Door) -> None:
        self._worker = worker
        self._flight = flight
        self._door = door
        self._seen: tuple[Setup, Request, Answer, bool] | None = None

    def run(self, payload: bytes, *, fresh: bool, seconds: float | None) -> Mapping[str, Any]:
        """
        Have a transaction run.

        Args:
            payload: The transaction.

            fresh: Whether a session that goes on already is ended before.

            seconds: How long that may take, if nothing goes wrong in the worker; None for as long as it
            takes.

        Returns:
            What came of it.

        Raises:
            StoppedError: A limit has struck, and the worker has ended.

            TimeoutError: It takes longer.

            FrameError: It is not in its right mind; ``EOFError``, ``OSError``: it is gone.
        """
        return self._said(RUN, _FRESH if fresh else _AS_IT_IS, payload, seconds=seconds)

    def close(self, seconds: float) -> None:
        """
        Have all sessions end.

        Raises:
            The same.
        """
        self._said(CLOSE, _AS_IT_IS, seconds=seconds)

    def _said(
        self, kind: int, document: bytes, payload: bytes = b"", *, seconds: float | None
    ) -> Mapping[str, Any]:
        flight = self._flight
        flight.end = None if seconds is None else time.monotonic() + seconds
        flight.say(kind, document, payload)
        while True:
            frame = flight.hear()
            found = frame.loaded()
            if "effects" in found:
                self._hear(found)
            if "calls" in found:
                self._door.count(_calls(frame))
            if frame.kind == DONE:
                flight.end = None
                return found
            self._answer(frame.kind, found)

    def _answer(self, kind: int, found: Mapping[str, Any]) -> None:
        if kind == STOPPED:
            raise StoppedError(str(found["limit"]), float(found["spent"]), float(found["allowed"]))
        if kind == TOLD:
            if found.get("ended"):
                self._worker.sessions.pop(found["session"], None)
            return
        answer = _ANSWERS.get(kind)
        if answer is None:
            raise FrameError(f"a frame of the unknown kind {kind}")
        try:
            document = answer(self, found)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise FrameError(f"a question that makes no sense: {problem!r}") from problem
        self._flight.say(ANSWER, dumped(document))

    def _hear(self, found: Mapping[str, Any]) -> None:
        for each in found["effects"]:
            if each == SEEN:
                self._hear_of_seen()
            else:
                setup, outside = self._session(found), bool(found.get("outside"))
                self._door.hear(effect_of(each), setup, outside=outside)

    def _hear_of_seen(self) -> None:
        """
        The last exchange went well.
        """
        seen, self._seen = self._seen, None
        if seen is None:
            raise FrameError("an exchange that was not")
        setup, request, answer, outside = seen
        # Without what was answered: a script may ask for much before its transaction is over.
        effect = effect_of_exchange(request, status=answer.status, reason=answer.reason)
        self._door.hear(effect, setup, outside=outside)

    def _session(self, found: Mapping[str, Any]) -> Setup:
        setup = self._worker.sessions.get(found.get("session", 0))
        if setup is None:
            raise FrameError("a session that is none")
        return setup

    def _setup(self, found: Mapping[str, Any]) -> dict[str, Any]:
        try:
            setup = self._door.setup(found["user"])
        except LuahostError as error:
            return {"refused": str(error)}
        number = next(self._worker.numbers)
        self._worker.sessions[number] = setup
        return setup.document(number, metadata=self._door.metadata is not None)

    def _read(self, found: Mapping[str, Any]) -> dict[str, Any]:
        path, setup = found["path"], self._session(found)
        if not setup.may_read(path):
            return {"exists": False, "errno": errno.ENOENT, "strerror": os.strerror(errno.ENOENT)}
        try:
            return {"exists": True, "bytes": binary(setup.files.read(path))}
        except OSError as error:
            exists = setup.files.exists(path)
            return {
                "exists": exists,
                "errno": error.errno or errno.EIO,
                "strerror": error.strerror or str(error),
            }

    def _exchange(self, found: Mapping[str, Any]) -> dict[str, Any]:
        setup = self._session(found)
        request, outside = request_of(found["request"]), bool(found.get("outside"))
        try:
            sent, answer = self._door.exchange(request, setup, outside=outside)
        except EndpointError as error:
            return {"error": error_document(error)}
        self._seen = setup, sent, answer, outside
        told = {"answer": answer_document(answer)}
        return told if sent.headers == request.headers else {**told, "headers": sent.headers}

    def _pause(self, found: Mapping[str, Any]) -> dict[str, Any]:
        sleep(max(float(found["seconds"]), 0.0))
        return {}

    def _metadata(self, found: Mapping[str, Any]) -> dict[str, Any]:
        try:
            # A disk may take its time.
            return {"value": aside(lambda: self._kept(found))}
        except LuahostError as error:
            return {"error": str(error)}

    def _kept(self, found: Mapping[str, Any]) -> Any:
        store, operation = self._door.metadata, found["operation"]
        user, mailbox = self._session(found).username, found["mailbox"]
        value: Any = None
        if store is None:
            raise FrameError("there is no METADATA")
        if operation == "get":
            value = store.get(user, mailbox, found["key"])
        elif operation == "list":
            value = dict(store.list(user, mailbox, found["prefix"]))
        elif operation == "set":
            store.set(user, mailbox, found["key"], found["value"])
        elif operation == "unset":
            store.unset(user, mailbox, found["key"])
        elif operation == "rename":
            store.rename(user, mailbox, found["to"])
        elif operation == "delete":
            store.delete(user, mailbox)
        else:
            raise FrameError(f"{operation!r} is nothing that METADATA does")
        return value


def _calls(frame: Frame) -> Calls:
    """
    The calls that a frame tells of, and the same ones if another has told the same.
    """
    short = len(frame.document) <= SHORT_BYTES
    return _remembered_calls(frame.document) if short else calls_of(frame.loaded()["calls"])


@functools.lru_cache(MOST_REMEMBERED)
def _remembered_calls(document: bytes) -> Calls:
    return calls_of(Frame(DONE, 0, document).loaded()["calls"])


_ANSWERS: Mapping[int, Callable[[Conversation, Mapping[str, Any]], dict[str, Any]]] = {
    SETUP: Conversation._setup,
    READ: Conversation._read,
    EXCHANGE: Conversation._exchange,
    METADATA: Conversation._metadata,
    PAUSE: Conversation._pause,
}
"""What a worker may ask."""
