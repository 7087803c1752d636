"""
What server and worker say to each other about one transaction, or about sessions that end: the server's side.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from luahost.effects import Effect
from luahost.errors import EndpointError, LuahostError
from luahost.exchange import Answer, Request
from luahost.runtime.codec import FrameError
from luahost.server.worker.effect_form import effect_of
from luahost.server.worker.exchange_form import answer_document, error_document, request_of
from luahost.server.worker.frames import (
    ANSWER,
    CLOSE,
    DONE,
    EXCHANGE,
    METADATA,
    READ,
    RUN,
    SETUP,
    STOPPED,
    TOLD,
    binary,
    dumped,
    loaded,
)
from luahost.server.workers.lane_end import LaneEnd
from luahost.server.workers.setup import Setup
from luahost.server.workers.worker_process import WorkerProcess
from luahost.store import MetadataStore


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


class Conversation:
    """
    One conversation.

    Args:
        worker: With which worker.

        end: By which lane.

        door: What its sessions may have.
    """

    def __init__(self, worker: WorkerProcess, end: LaneEnd, door: Door) -> None:
        self._worker = worker
        self._end = end
        self._door = door
        self._answers: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
            SETUP: self._setup,
            READ: self._read,
            EXCHANGE: self._exchange,
            METADATA: self._metadata,
        }

    def run(self, payload: bytes, *, fresh: bool, seconds: float | None) -> dict[str, Any]:
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

            FrameError: It is not in its right mind; ``EOFError``, ``OSError``: it is gone.
        """
        return self._said(RUN, {"fresh": fresh}, payload, seconds=seconds)

    def close(self, seconds: float) -> None:
        """
        Have all sessions end.

        Raises:
            The same.
        """
        self._said(CLOSE, {}, seconds=seconds)

    def _said(
        self, kind: int, document: dict[str, Any], *more: bytes, seconds: float | None
    ) -> dict[str, Any]:
        end = self._end
        end.deadline = None if seconds is None else time.monotonic() + seconds
        end.send(kind, (dumped(document), *more))
        while True:
            kind, values = end.receive()
            found = loaded(values)
            self._hear(found)
            if kind == DONE:
                return found
            if kind == STOPPED:
                raise StoppedError(str(found["limit"]), float(found["spent"]), float(found["allowed"]))
            if kind == TOLD:
                if found.get("ended"):
                    self._worker.sessions.pop(found["session"], None)
            elif kind in self._answers:
                try:
                    answer = self._answers[kind](found)
                except (KeyError, TypeError, ValueError, AttributeError) as problem:
                    raise FrameError(f"a question that makes no sense: {problem!r}") from problem
                end.send(ANSWER, (dumped(answer),))
            else:
                raise FrameError(f"a frame of the unknown kind {kind}")

    def _hear(self, found: dict[str, Any]) -> None:
        if found["effects"]:
            setup = self._session(found)
            for each in found["effects"]:
                self._door.hear(effect_of(each), setup, outside=bool(found["outside"]))

    def _session(self, found: dict[str, Any]) -> Setup:
        setup = self._worker.sessions.get(found["session"])
        if setup is None:
            raise FrameError("a session that is none")
        return setup

    def _setup(self, found: dict[str, Any]) -> dict[str, Any]:
        try:
            setup = self._door.setup(found["user"])
        except LuahostError as error:
            return {"refused": str(error)}
        number = next(self._worker.numbers)
        self._worker.sessions[number] = setup
        return setup.document(number, metadata=self._door.metadata is not None)

    def _read(self, found: dict[str, Any]) -> dict[str, Any]:
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

    def _exchange(self, found: dict[str, Any]) -> dict[str, Any]:
        setup = self._session(found)
        request = request_of(found["request"])
        try:
            sent, answer = self._door.exchange(request, setup, outside=bool(found["outside"]))
        except EndpointError as error:
            return {"error": error_document(error)}
        told = {"answer": answer_document(answer)}
        return told if sent.headers == request.headers else {**told, "headers": sent.headers}

    def _metadata(self, found: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"value": self._kept(found)}
        except LuahostError as error:
            return {"error": str(error)}

    def _kept(self, found: dict[str, Any]) -> Any:
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
