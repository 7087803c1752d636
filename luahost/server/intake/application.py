"""
What happens with a request: what there is, who may have it, and who answers.

``POST /v1/transactions`` is answered 202 with ids only when the spool has all of them on disk, and what
Dovecot's ``ox`` driver brings is answered 200 likewise. What is wrong is said with the path in the body.
``/healthz`` and the OpenAPI document want no token. ``/metrics`` names hosts and what scripts call things, so
it wants one wherever bringing transactions does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import dataclass
from luahost.errors import LuahostError
from luahost.server.intake.answers import CLOSE, HttpAnswer, RefusalError, failed, json_answer
from luahost.server.intake.batch import MostAtOnce
from luahost.server.intake.bringing import Bringing, FilesFirst, come_again
from luahost.server.intake.counting import Counting
from luahost.server.intake.openapi import document
from luahost.server.intake.ox import PLACE
from luahost.server.intake.request import Application, Going, HttpRequest, Reply
from luahost.server.intake.tokens import Tokens
from luahost.server.metrics import OTHER, Metrics
from luahost.server.spool import Puts

TRANSACTIONS = "/v1/transactions"


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


@dataclass(frozen=True, slots=True)
class Route:
    """
    What is done with requests of one method and path.

    Attributes:
        act: Answers one that is all there, and may raise :class:`RefusalError`.

        check: Refuses one whose head says that it is not granted; None if there are none.
    """

    act: Callable[[HttpRequest, Reply], Going]
    check: Callable[[HttpRequest], None] | None = None


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

        files_first: What comes before what is brought; None if no files are taken.

        most: How many transactions may be brought at once; None: as many as in any request.

        clock: The time.

    Attributes:
        routes: What there is, by path and method.
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
        files_first: FilesFirst | None = None,
        most: MostAtOnce | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._tokens = tokens
        self._max_body_bytes = max_body_bytes
        self._health = health
        self._metrics = metrics
        self._metrics_tokens = metrics_tokens
        self._closed = False
        self._counting = Counting(metrics)
        self._tasks: set[asyncio.Task[None]] = set()
        self._bringing = Bringing(
            spool,
            expire_seconds=expire_seconds,
            files_first=files_first,
            most=most,
            accepted=self._counting.accepted,
            clock=clock,
        )
        gets = ("GET", "HEAD")
        self.routes: Mapping[str, Mapping[str, Route]] = {
            TRANSACTIONS: {"POST": Route(self._bringing.transactions, self._check_client)},
            PLACE: {"PUT": Route(self._bringing.notification, self._check_client)},
            "/v1/openapi.json": dict.fromkeys(gets, Route(self._openapi)),
            "/healthz": dict.fromkeys(gets, Route(self._healthz)),
            **({"/metrics": dict.fromkeys(gets, Route(self._shown, self._check_scraper))} if metrics else {}),
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
        self._bringing.expire_seconds = expire_seconds

    def close(self) -> None:
        """
        Take no more transactions: the server ends.
        """
        self._closed = True

    def admit(self, head: HttpRequest) -> int:
        """
        See :meth:`~luahost.server.intake.request.Application.admit`.
        """
        route = self._route(head)
        if route.check is not None:
            route.check(head)
        head.act = route.act
        return self._max_body_bytes

    def answer(self, request: HttpRequest, reply: Reply) -> None:
        """
        See :meth:`~luahost.server.intake.request.Application.answer`.
        """
        assert request.act is not None
        try:
            going = request.act(request, reply)
        except RefusalError as refusal:
            reply(refusal.answer())
        except Exception as fault:  # noqa: BLE001  whatever it is, the client has an answer
            reply(failed(fault))
        else:
            if going is not None:
                task = asyncio.get_running_loop().create_task(_gone_through(going, reply))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def answered(self, request: HttpRequest, status: int) -> None:
        """
        See :meth:`~luahost.server.intake.request.Application.answered`.
        """
        self._counting.answered(self.name_of(request.path), status)

    def stand_in(self) -> Application:
        """
        What answers, in another thread, while this one does not get on. It puts nothing into the spool.
        """
        return StandIn(self, self._metrics)

    def name_of(self, path: str) -> str:
        """
        What metrics call a path.
        """
        return path if path in self.routes else OTHER

    def _route(self, request: HttpRequest) -> Route:
        methods = self.routes.get(request.path)
        if methods is None:
            raise RefusalError(
                HTTPStatus.NOT_FOUND, f"there is nothing here; there are {', '.join(self.routes)}"
            )
        route = methods.get(request.method)
        if route is None:
            allowed = ", ".join(methods)
            words = f"only {allowed} here"
            raise RefusalError(HTTPStatus.METHOD_NOT_ALLOWED, words, headers={"Allow": allowed})
        return route

    def _check_client(self, request: HttpRequest) -> None:
        if self._tokens is not None:
            _check_token(request, self._tokens)
        if self._closed:
            words = "the server ends; transactions are taken again once it is back"
            raise come_again(words, headers=dict([CLOSE]))

    def _check_scraper(self, request: HttpRequest) -> None:
        _check_token(request, self._tokens, self._metrics_tokens)

    def _openapi(self, request: HttpRequest, reply: Reply) -> Going:
        reply(json_answer(HTTPStatus.OK, document()))
        return None

    async def _healthz(self, request: HttpRequest, reply: Reply) -> None:
        try:
            health = await asyncio.to_thread(self._health)
        except LuahostError as error:
            health = Health(well=False, told={"status": "broken", "detail": str(error)})
        status = HTTPStatus.OK if health.well else HTTPStatus.SERVICE_UNAVAILABLE
        reply(json_answer(status, health.told, {"Cache-Control": "no-store"}))

    async def _shown(self, request: HttpRequest, reply: Reply) -> None:
        assert self._metrics is not None
        accept = request.headers.get(b"accept", b"").decode("latin-1")
        body, content_type = await asyncio.to_thread(self._metrics.page, accept)
        fields = (("Content-Type", content_type), ("Cache-Control", "no-store"), ("Vary", "Accept"))
        reply(HttpAnswer(HTTPStatus.OK, body, fields))


class StandIn:
    """
    What answers for an :class:`Intake` while that does not get on.

    Args:
        intake: The intake.

        metrics: Counts answers; None for nowhere.
    """

    def __init__(self, intake: Intake, metrics: Metrics | None) -> None:
        self._intake = intake
        self._metrics = metrics

    def admit(self, head: HttpRequest) -> int:
        """
        See :meth:`~luahost.server.intake.request.Application.admit`.
        """
        most = self._intake.admit(head)
        if head.path in (TRANSACTIONS, PLACE):
            raise come_again("nothing comes back from the disk", headers=dict([CLOSE]))
        return most

    def answer(self, request: HttpRequest, reply: Reply) -> None:
        """
        See :meth:`~luahost.server.intake.request.Application.answer`.
        """
        self._intake.answer(request, reply)

    def answered(self, request: HttpRequest, status: int) -> None:
        """
        See :meth:`~luahost.server.intake.request.Application.answered`.
        """
        if self._metrics is not None:
            self._metrics.answered(self._intake.name_of(request.path), status, 1)


async def _gone_through(going: Coroutine[Any, Any, None], reply: Reply) -> None:
    try:
        await going
    except RefusalError as refusal:
        reply(refusal.answer())
    except Exception as fault:  # noqa: BLE001  whatever it is, the client has an answer
        reply(failed(fault))


def _check_token(request: HttpRequest, *accepted: Tokens | None) -> None:
    """
    Refuse who has none of these tokens, if there are any.
    """
    tokens = [each for each in accepted if each is not None]
    if tokens and not any(each.let_in(request.headers.get(b"authorization")) for each in tokens):
        words = "Authorization: Bearer TOKEN is needed, with a token of the server's token_file"
        raise RefusalError(HTTPStatus.UNAUTHORIZED, words, headers={"WWW-Authenticate": "Bearer"})
