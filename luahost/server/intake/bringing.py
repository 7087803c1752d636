"""
Requests that bring transactions: read, put into the spool, and answered once they are on disk.

Such a request has no task of its own, as most of its cost would be that task's. What takes longer, a long
body or files that come first, goes on in one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Protocol

from luahost.clock import Clock
from luahost.errors import KeyReusedError, SpoolError, SpoolFullError, UserFullError
from luahost.server.intake.answers import HttpAnswer, RefusalError, failed, ids_answer
from luahost.server.intake.batch import MostAtOnce, read_batch
from luahost.server.intake.idempotency import HEADER, put_key
from luahost.server.intake.ox import read_notification
from luahost.server.intake.putting import Putting
from luahost.server.intake.request import Going, HttpRequest, Reply
from luahost.server.spool import Batch, Kept, PutKey, Puts

LONG_BYTES = 64 * 1024
"""Of a body that takes a while to read."""

RETRY_AFTER_SECONDS = 5
"""When a client may come again if the server is full or ends."""

_KEY = HEADER.lower().encode()

log = logging.getLogger("luahost.server")


class FilesFirst(Protocol):
    """
    Files that are taken, and before what is posted while they are there.
    """

    def nothing_waits(self) -> bool:
        """
        Whether it is plain to see that there are none.
        """

    async def first(self) -> Collection[str] | None:
        """
        Have those taken that are there now; answers the users of whom some still wait, None for anybody.
        """


class Bringing:
    """
    The way of transactions from requests into a spool.

    Args:
        spool: The spool.

        expire_seconds: How old a transaction may get until it is done.

        files_first: What comes before what is brought; None if no files are taken.

        most: How many transactions may be brought at once; None: as many as in any request.

        accepted: Hears how many transactions were taken in.

        clock: The time.

    Attributes:
        expire_seconds: See above.
    """

    def __init__(
        self,
        spool: Puts,
        *,
        expire_seconds: float,
        files_first: FilesFirst | None,
        most: MostAtOnce | None,
        accepted: Callable[[int], None],
        clock: Clock,
    ) -> None:
        self.expire_seconds = expire_seconds
        self._spool = spool
        self._files_first = files_first
        self._most = most
        self._accepted = accepted
        self._clock = clock
        self._putting: Putting | None = None

    def transactions(self, request: HttpRequest, reply: Reply) -> Going:
        """
        Answer ``POST /v1/transactions``.

        Raises:
            RefusalError: They are not taken.
        """
        if len(request.body) > LONG_BYTES:
            return self._long(request, reply)
        return self._keep(self._read(request), HTTPStatus.ACCEPTED, reply)

    def notification(self, request: HttpRequest, reply: Reply) -> Going:
        """
        Answer what Dovecot's ``ox`` driver brings.

        Raises:
            RefusalError: It is not taken.
        """
        entry, key = read_notification(request.body, expires=self._clock.time() + self.expire_seconds)
        return self._keep(Batch([entry], key), HTTPStatus.OK, reply)

    async def _long(self, request: HttpRequest, reply: Reply) -> None:
        # Others are answered meanwhile.
        batch = await asyncio.to_thread(self._read, request)
        going = self._keep(batch, HTTPStatus.ACCEPTED, reply)
        if going is not None:
            await going

    def _read(self, request: HttpRequest) -> Batch:
        kind = request.headers.get(b"content-type", b"").decode("latin-1")
        expires = self._clock.time() + self.expire_seconds
        entries = read_batch(request.body, content_type=kind, expires=expires, most=self._most)
        return Batch(entries, _key(request) if _KEY in request.headers else None)

    def _keep(self, batch: Batch, status: HTTPStatus, reply: Reply) -> Going:
        files = self._files_first
        if files is None or files.nothing_waits():
            self._put(batch, status, reply)
            return None
        return self._keep_after(files, batch, status, reply)

    async def _keep_after(self, files: FilesFirst, batch: Batch, status: HTTPStatus, reply: Reply) -> None:
        waiting = await files.first()
        if waiting is None or any(entry.user in waiting for entry in batch.entries):
            raise come_again("files in the pickup directory come first")
        self._put(batch, status, reply)

    def _put(self, batch: Batch, status: HTTPStatus, reply: Reply) -> None:
        def told(kept: Kept | BaseException) -> None:
            if isinstance(kept, list):
                reply(ids_answer(status, kept))
                self._accepted(len(kept))
            else:
                reply(_not_kept(kept))

        putting = self._putting
        if putting is None or putting.loop.is_closed():
            putting = self._putting = Putting(self._spool, asyncio.get_running_loop())
        putting.put(batch, told)


def come_again(
    words: str,
    status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE,
    headers: Mapping[str, str] | None = None,
) -> RefusalError:
    """
    What to say of a request that may be granted later.
    """
    fields = {"Retry-After": str(RETRY_AFTER_SECONDS), **(headers or {})}
    return RefusalError(status, words, headers=fields)


def _not_kept(error: BaseException) -> HttpAnswer:
    """
    What to answer for a batch that was not kept.
    """
    if isinstance(error, KeyReusedError):
        return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)).answer()
    if isinstance(error, UserFullError):
        return come_again(str(error), HTTPStatus.TOO_MANY_REQUESTS).answer()
    if isinstance(error, SpoolFullError):
        return come_again(str(error)).answer()
    if isinstance(error, SpoolError):
        log.error("transactions were refused: %s", error)
        return come_again("the spool cannot be written; the server's log says why").answer()
    return failed(error)


def _key(request: HttpRequest) -> PutKey:
    """
    What the client calls this batch, which it does.
    """
    try:
        return put_key(request.headers[_KEY].decode("latin-1"), request.body)
    except ValueError as error:
        raise RefusalError(HTTPStatus.BAD_REQUEST, str(error)) from None
