"""
``Endpoint``: the double itself, a network of which every host is the test's.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from luahost.clock import SYSTEM_CLOCK
from luahost.dataclass import replace
from luahost.egress_policy.address_classes import address as as_address
from luahost.exchange import check_sendable, wire_target
from luahost.testing.endpoint.answers import Answer, Fault, HeaderFields
from luahost.testing.endpoint.faults import Exchange, before_moved, unknown_host
from luahost.testing.endpoint.received import Request, shown
from luahost.testing.endpoint.routes import Plain, Reply, Route, UrlPattern, counted, meant
from luahost.tls import check_protocol

if TYPE_CHECKING:
    import os

    from luahost.clock import Clock
    from luahost.exchange import Answer as Result
    from luahost.exchange import Place
    from luahost.exchange import Request as Sent
    from luahost.testing.endpoint.loopback import Loopback

ADDRESS = "93.184.215.14"
"""
The address of hosts that are given none: one of the public internet, as policies for servers want it (it was
example.com's). Nothing is ever sent there.
"""


class Endpoint:
    """
    Every HTTP endpoint that a script could reach; ``Host(network=Endpoint())``.

    A request that fits no route is refused as if nothing listened, and :meth:`verify` tells of it.

    Args:
        strict: Whether requests that fit no route, and routes that get no requests, are faults of the test.

        addresses: The addresses of hosts, for policies that mind them. Others have a public one, and
            ``localhost`` has 127.0.0.1.

    Attributes:
        strict: The same.

        routes: The routes, in order.

        requests: Every request, in order, whatever came of it.

        unexpected: Those of them that fitted no route.

        faults: How often each fault was the reply, by name.
    """

    takes_time = False

    def __init__(self, *, strict: bool = True, addresses: Mapping[str, str] | None = None) -> None:
        self.strict = strict
        self._fault: Answer | Fault | None = None
        self.routes: list[Route] = []
        self.requests: list[Request] = []
        self.unexpected: list[Request] = []
        self.faults: dict[str, int] = {}
        self._addresses = {"localhost": "127.0.0.1", **(addresses or {})}
        self._words: list[str] = []
        self._chosen: tuple[Sent, Answer | Fault] | None = None
        self._lock = threading.Lock()

    @property
    def fault(self) -> Answer | Fault | None:
        """
        What every request meets that fits a route, in the place of the route's answer, as long as it is set;
        None for nothing. It can be set and taken away at any time, also as a status or the name of a fault.
        """
        return self._fault

    @fault.setter
    def fault(self, fault: Plain | None) -> None:
        self._fault = None if fault is None else meant(fault)

    def route(
        self,
        method: str,
        url: UrlPattern,
        reply: Reply | None = None,
        *,
        status: int = 200,
        headers: HeaderFields = (),
        body: bytes | str = b"",
        json: Any = None,
        reason: str | None = None,
        delay_seconds: float = 0.0,
        answers: Sequence[Reply] | None = None,
        times: int | None = None,
        optional: bool = False,
    ) -> Route:
        """
        Answer requests of this method and URL. The first route that fits a request answers it.

        Args:
            method: The method, ``*`` for any.

            url: ``https://push.example/v1/*``, ``*/push``, ``/v1/push`` (at any host), or a compiled regular
                expression; see :func:`luahost.testing.endpoint.routes.fitting`.

            reply: An :class:`Answer` or its status, a :class:`Fault` or its name, or a function that makes
                one of a :class:`Request`. Without it the answer is of ``status``, ``headers``, ``body`` or
                ``json``, ``reason`` and ``delay_seconds``.

            status: Status code.

            headers: Header fields, a mapping or pairs.

            body: The body; text is sent as UTF-8.

            json: A value to send as JSON, instead of the body.

            reason: Reason phrase, None for the usual one.

            delay_seconds: How long the answer takes to come, by the host's clock.

            answers: Instead of it: several replies, one after the other. The last one holds for all further
                requests.

            times: How many requests the route is for; further ones are not its own. None for one or more.

            optional: Whether the route may stay unused.

        Raises:
            ValueError: The arguments contradict each other, or there is no such status or fault.
        """
        own = status != 200 or headers or body or json is not None or reason is not None or delay_seconds
        if sum((reply is not None, answers is not None, bool(own))) > 1:
            raise ValueError("a route has a reply, answers, or status, headers and body: one of these")
        if answers is not None and not answers:
            raise ValueError("a route has at least one answer")
        if times is not None and times < 1:
            raise ValueError(f"a route is for one request at least, not {times}")
        if reply is None and answers is None:
            reply = Answer(status, headers, body, json=json, reason=reason, delay_seconds=delay_seconds)
        replies = answers if answers is not None else [reply] if reply is not None else []
        route = Route(method, url, replies, times=times, optional=optional)
        self.routes.append(route)
        return route

    @property
    def unused(self) -> list[Route]:
        """
        The routes that got fewer requests than they are for.
        """
        return [route for route in self.routes if route.unused is not None]

    @property
    def problems(self) -> list[str]:
        """
        What :meth:`verify` has to say, a line for each; nothing if all is well, or the endpoint not strict.
        """
        if not self.strict:
            return []
        said = dict.fromkeys(self._words)
        return [
            *(
                f"unexpected request: {line}" + (f" ({times} times)" if times > 1 else "")
                for line, times in ((line, self._words.count(line)) for line in said)
            ),
            *(f"route not used: {route.unused}" for route in self.unused),
        ]

    def verify(self) -> None:
        """
        Check that every request had a route, and every route its requests.

        Raises:
            AssertionError: No; it says which, and shows the routes.
        """
        problems = self.problems
        if not problems:
            return
        lines = list(problems)
        if self.unexpected:
            lines += ["routes:", *(f"  {route}" for route in self.routes)] if self.routes else ["no routes"]
        raise AssertionError("\n".join(lines))

    def forget(self) -> None:
        """
        Forget the requests, and that routes have been used. The routes stay.
        """
        with self._lock:
            self.requests.clear()
            self.unexpected.clear()
            self.faults.clear()
            self._words.clear()
            self._chosen = None
            for route in self.routes:
                route.requests.clear()

    def real(
        self, *, origin: str | None = None, certificate: str | os.PathLike[str] | None = None
    ) -> Loopback:
        """
        The same routes behind a real HTTP server on 127.0.0.1, for the length of a ``with``.

        Its ``url`` is what the script is to be given; requests count here as ever. One that fits no route is
        answered with 404, and faults that come before a connection are a reset.

        Args:
            origin: What the routes take requests to be for, ``https://push.example``; the server's own URL
                unless they name one other only.

            certificate: A PEM file with a certificate and its key, for ``https``; None for ``http``.
        """
        from luahost.testing.endpoint.loopback import Loopback

        return Loopback(self._for_real, origin=origin or self._origin(), certificate=certificate)

    def _for_real(self, sent: Sent) -> Answer | Fault:
        route, reply = self._take(sent, SYSTEM_CLOCK)
        return Answer(404, body=f"no route for {shown(sent)}\n") if route is None else reply

    def _origin(self) -> str | None:
        """
        The one origin that the routes name, None if there are several or none.
        """
        named = {route.origin for route in self.routes}
        return named.pop() if len(named) == 1 else None

    # The seam of luahost.network.Network.

    def prepare(self) -> None:
        """
        Nothing has to be done before.
        """

    def close(self) -> None:
        """
        There are no connections.
        """

    def addresses(self, request: Sent, place: Place, *, seconds: float | None, clock: Clock) -> Sequence[str]:
        """
        The address of a host.

        Raises:
            EndpointError: The route's next answer is that it has none.
        """
        if as_address(place.host) is not None:
            return [place.host]
        _, reply = self._take(request, clock)
        if isinstance(reply, Fault) and reply.name == "dns":
            raise unknown_host()
        self._chosen = request, reply
        return [self._addresses.get(place.host.lower(), ADDRESS)]

    def send(
        self,
        request: Sent,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Result:
        """
        Answer a request.
        """
        check_sendable(request)
        wire_target(request.target or "/")
        if request.url.startswith("https:"):
            check_protocol(request.tls)
        chosen, self._chosen = self._chosen, None
        if chosen is not None and chosen[0] is request:
            reply = chosen[1]
        else:
            _, reply = self._take(request, clock)
        return Exchange(request, seconds=seconds, most_bytes=most_bytes, clock=clock).result(reply)

    def _take(self, sent: Sent, clock: Clock) -> tuple[Route | None, Answer | Fault]:
        """
        Note a request. The route that it fits, if there is one, and what to say.
        """
        with self._lock:
            route = self._route(sent.method, sent.url)
            moved = None if route is not None else before_moved(sent.url)
            if moved is not None:
                route = self._route(sent.method, moved)
            request = Request.of(sent, route, clock.time())
            self.requests.append(request)
            if route is None:
                self.unexpected.append(request)
                self._words.append(shown(sent))
                return None, Fault("refused")
            reply = route.reply(request)
            reply = _instead(self._fault, reply)
            if isinstance(reply, Fault):
                self.faults[reply.name] = self.faults.get(reply.name, 0) + 1
        if moved is not None and isinstance(reply, Fault) and reply.name == "redirect":
            return route, reply.answer
        return route, reply

    def _route(self, method: str, url: str) -> Route | None:
        return next((route for route in self.routes if route.matches(method, url)), None)

    def __repr__(self) -> str:
        return (
            f"<Endpoint with {counted(len(self.routes), 'route')}, {counted(len(self.requests), 'request')}>"
        )


def _instead(fault: Answer | Fault | None, reply: Answer | Fault) -> Answer | Fault:
    """
    What a request meets that would be given this reply.
    """
    if fault is None:
        return reply
    if isinstance(fault, Answer):
        return fault
    return replace(fault, answer=reply if isinstance(reply, Answer) else reply.answer)
