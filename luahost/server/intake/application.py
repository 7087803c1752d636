"""
What happens with a request: an ASGI application, so that any server of that kind can carry it.

``POST /v1/transactions`` is answered 202 with ids only when the spool has all of them on disk, and what
Dovecot's ``ox`` driver brings is answered 200 likewise. What is wrong is said with the path in the body.
``/healthz`` and the OpenAPI document want no token. ``/metrics`` names hosts and what scripts call things, so
it wants one wherever bringing transactions does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.errors import (
    KeyReusedError,
    LuahostError,
    SpoolError,
    SpoolFullError,
    UserFullError,
    fault_words,
)
from luahost.server.intake.answers import HttpAnswer, RefusalError, ids_answer, json_answer
from luahost.server.intake.batch import read_batch
from luahost.server.intake.bridge import Bridge
from luahost.server.intake.idempotency import HEADER, put_key
from luahost.server.intake.openapi import document
from luahost.server.intake.ox import PLACE, read_notification
from luahost.server.intake.patience import Patience
from luahost.server.intake.tokens import Tokens
from luahost.server.metrics import OTHER, Metrics
from luahost.server.spool import Entry, PutKey, Puts

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_SECONDS = 30.0
"""How long a client may take to send a body."""

LONG_BYTES = 64 * 1024
"""Of a body that takes a while to read."""

RETRY_AFTER_SECONDS = 5
"""When a client may come again if the server is full or ends."""

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """
    How the server is doing.

    Attributes:
        well: Whether it does what it should.

        told: What is said of it.
    """

    well: bool
    told: Mapping[str, Any]


class Intake:
    """
    The application.

    Args:
        spool: Where transactions go.

        tokens: Who may bring them; None if everybody who can connect.

        max_body_bytes: The longest body.

        expire_seconds: How old a transaction may get until it is done.

        health: Says how the server is doing; called in a thread of its own.

        metrics: Counts, and is shown at ``/metrics``; None for neither.

        metrics_tokens: Who may see metrics, beside those who may bring transactions; None if nobody needs a
            token for that alone.

        files_first: Has files taken that are there when a request comes, and answers the users of whom some
            still wait, None for anybody; None if no files are taken.

        clock: The time.
    """

    def __init__(
        self,
        spool: Puts,
        *,
        tokens: Tokens | None,
        max_body_bytes: int,
        expire_seconds: float,
        health: Callable[[], Health],
        metrics: Metrics | None = None,
        metrics_tokens: Tokens | None = None,
        files_first: Callable[[], Awaitable[Collection[str] | None]] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._spool = spool
        self._tokens = tokens
        self._max_body_bytes = max_body_bytes
        self._expire_seconds = expire_seconds
        self._health = health
        self._metrics = metrics
        self._metrics_tokens = metrics_tokens
        self._files_first = files_first
        self._clock = clock
        self._closed = False
        self._in_loop: _InLoop | None = None
        self._routes: Mapping[str, Mapping[str, Callable[[Scope, Receive], Awaitable[HttpAnswer]]]] = {
            "/v1/transactions": {"POST": self._transactions},
            PLACE: {"PUT": self._notification},
            "/v1/openapi.json": {"GET": self._openapi, "HEAD": self._openapi},
            "/healthz": {"GET": self._healthz, "HEAD": self._healthz},
            **({"/metrics": {"GET": self._shown, "HEAD": self._shown}} if metrics else {}),
        }

    def adopt(
        self,
        tokens: Tokens | None,
        metrics_tokens: Tokens | None,
        *,
        max_body_bytes: int,
        expire_seconds: float,
    ) -> None:
        """
        From now on these count, for requests that come.
        """
        self._tokens = tokens
        self._metrics_tokens = metrics_tokens
        self._max_body_bytes = max_body_bytes
        self._expire_seconds = expire_seconds

    def close(self) -> None:
        """
        Take no more transactions: the server ends.
        """
        self._closed = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request.
        """
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except RefusalError as refusal:
            answer = refusal.answer()
        except _ClientGoneError:
            return
        except Exception as fault:  # noqa: BLE001  a client is told nothing of luahost's insides
            log.error("a request could not be answered: %s", fault_words(fault))
            answer = RefusalError(
                HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says more"
            ).answer()
        body = b"" if scope["method"] == "HEAD" else answer.body
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        if self._closed:
            headers["Connection"] = "close"
        wire = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": wire})
        await send({"type": "http.response.body", "body": body})
        if self._metrics is not None:
            self._metrics.answered(scope["path"] if scope["path"] in self._routes else OTHER, answer.status)

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        methods = self._routes.get(scope["path"])
        if methods is None:
            raise RefusalError(
                HTTPStatus.NOT_FOUND, f"there is nothing here; there are {', '.join(self._routes)}"
            )
        act = methods.get(scope["method"])
        if act is None:
            allowed = ", ".join(methods)
            words = f"only {allowed} here"
            raise RefusalError(HTTPStatus.METHOD_NOT_ALLOWED, words, headers={"Allow": allowed})
        return await act(scope, receive)

    async def _transactions(self, scope: Scope, receive: Receive) -> HttpAnswer:
        headers = dict(scope["headers"])
        _check_token(headers, self._tokens)
        self._check_open()
        body = await self._body(headers, receive)
        kind = headers.get(b"content-type", b"").decode("latin-1")
        expires = self._clock.time() + self._expire_seconds
        if len(body) > LONG_BYTES:
            # Others are answered meanwhile.
            entries = await asyncio.to_thread(read_batch, body, content_type=kind, expires=expires)
        else:
            entries = read_batch(body, content_type=kind, expires=expires)
        key = _key(headers, body)
        return ids_answer(HTTPStatus.ACCEPTED, await self._kept(entries, key))

    async def _notification(self, scope: Scope, receive: Receive) -> HttpAnswer:
        headers = dict(scope["headers"])
        _check_token(headers, self._tokens)
        self._check_open()
        body = await self._body(headers, receive)
        entry, key = read_notification(body, expires=self._clock.time() + self._expire_seconds)
        return ids_answer(HTTPStatus.OK, await self._kept([entry], key))

    def _check_open(self) -> None:
        if self._closed:
            raise _come_again("the server ends; transactions are taken again once it is back")

    async def _kept(self, entries: Sequence[Entry], key: PutKey | None) -> list[str]:
        """
        Their ids, once they are on disk.
        """
        if self._files_first is not None:
            waiting = await self._files_first()
            if waiting is None or any(entry.user in waiting for entry in entries):
                raise _come_again("files in the pickup directory come first")
        try:
            ids = await self._here().bridge.awaitable(self._spool.put(entries, key=key))
        except KeyReusedError as error:
            raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except UserFullError as error:
            raise _come_again(str(error), HTTPStatus.TOO_MANY_REQUESTS) from None
        except SpoolFullError as error:
            raise _come_again(str(error)) from None
        except SpoolError as error:
            log.error("transactions were refused: %s", error)
            raise _come_again("the spool cannot be written; the server's log says why") from None
        if self._metrics is not None:
            self._metrics.accepted(len(ids))
        return ids

    def _here(self) -> _InLoop:
        """
        What there is for the event loop that this runs in.
        """
        loop = asyncio.get_running_loop()
        if self._in_loop is None or self._in_loop.bridge.loop is not loop:
            self._in_loop = _InLoop(Bridge(loop), Patience(loop, BODY_SECONDS))
        return self._in_loop

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._max_body_bytes:
            raise self._too_large()
        task, patience = asyncio.current_task(), self._here().patience
        assert task is not None
        body = bytearray()
        patience.begin(task)
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _ClientGoneError
                body += message.get("body", b"")
                if len(body) > self._max_body_bytes:
                    raise self._too_large()
                if not message.get("more_body", False):
                    return bytes(body)
        except asyncio.CancelledError:
            if not patience.lost(task):
                raise
            words = f"the body did not come within {BODY_SECONDS:.0f} seconds"
            raise RefusalError(HTTPStatus.REQUEST_TIMEOUT, words, headers={"Connection": "close"}) from None
        finally:
            patience.end(task)

    def _too_large(self) -> RefusalError:
        words = f"a body may have {self._max_body_bytes} bytes (max_body_bytes); send several requests"
        return RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words, headers={"Connection": "close"})

    async def _openapi(self, scope: Scope, receive: Receive) -> HttpAnswer:
        return json_answer(HTTPStatus.OK, document())

    async def _healthz(self, scope: Scope, receive: Receive) -> HttpAnswer:
        try:
            health = await asyncio.to_thread(self._health)
        except LuahostError as error:
            health = Health(well=False, told={"status": "broken", "detail": str(error)})
        status = HTTPStatus.OK if health.well else HTTPStatus.SERVICE_UNAVAILABLE
        return json_answer(status, health.told, {"Cache-Control": "no-store"})

    async def _shown(self, scope: Scope, receive: Receive) -> HttpAnswer:
        assert self._metrics is not None
        headers = dict(scope["headers"])
        _check_token(headers, self._tokens, self._metrics_tokens)
        accept = headers.get(b"accept", b"").decode("latin-1")
        body, content_type = await asyncio.to_thread(self._metrics.page, accept)
        fields = {"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Accept"}
        return HttpAnswer(status=HTTPStatus.OK, body=body, headers=fields)


@dataclass(frozen=True, slots=True)
class _InLoop:
    """
    What belongs to one event loop.
    """

    bridge: Bridge
    patience: Patience


class _ClientGoneError(Exception):
    """
    Nobody waits for an answer any more.
    """


def _check_token(headers: Mapping[bytes, bytes], *accepted: Tokens | None) -> None:
    """
    Refuse who has none of these tokens, if there are any.
    """
    tokens = [each for each in accepted if each is not None]
    if tokens and not any(each.let_in(headers.get(b"authorization")) for each in tokens):
        words = "Authorization: Bearer TOKEN is needed, with a token of the server's token_file"
        raise RefusalError(HTTPStatus.UNAUTHORIZED, words, headers={"WWW-Authenticate": "Bearer"})


def _come_again(words: str, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> RefusalError:
    return RefusalError(status, words, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _key(headers: Mapping[bytes, bytes], body: bytes) -> PutKey | None:
    """
    What the client calls this batch; None if it gave it no key.
    """
    written = headers.get(HEADER.lower().encode())
    try:
        return None if written is None else put_key(written.decode("latin-1"), body)
    except ValueError as error:
        raise RefusalError(HTTPStatus.BAD_REQUEST, str(error)) from None
