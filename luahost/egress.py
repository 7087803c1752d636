"""
The one way out: every HTTP exchange that a script or driver makes goes through here.

:class:`Egress` has a policy (:mod:`luahost.egress_policy`), performs one exchange at a time, adds one
:class:`~luahost.effects.Http` for each, and sorts what can go wrong into the kinds of
:class:`~luahost.errors.EndpointError`. It follows no redirects, keeps no cookies, decodes no
bodies, reads no proxy settings or ``.netrc`` of the environment and adds no headers: what goes out is what
the caller gave. Those are the caller's own rules: LuaSocket's in ``shims/``, Dovecot's in ``api/``.

Where the policy minds addresses, a name is looked up once, every address is checked, and the connection goes
to one of those; certificate and ``Host`` stay those of the name.

What carries the exchange is a :class:`~luahost.network.Network`: the machine's, or a double in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import replace
from luahost.egress_policy import EgressPolicy, PolicyName, policy_of
from luahost.errors import EndpointError
from luahost.exchange import CONNECTING, OVERALL, Answer, Place, Request, effect_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from luahost.effects import Effects, Http
    from luahost.lookup import Resolver
    from luahost.network import Network

LONGEST_TIMEOUT_SECONDS = 1e6
"""A timeout beyond this, or one that is no number, is none: sockets cannot be told it."""


class Egress:
    """
    The way out, under one policy.

    Args:
        policy: Where requests may go; ``live``, ``server`` and ``deny`` are names of policies.

        network: What carries the exchanges; the machine's, unless given.

        resolver: Who says on the machine's network which addresses a name has; the system, unless given.

        clock: What exchanges are timed by.

    Attributes:
        takes_time: Whether exchanges take real time: over a real network, and where the clock is real.

    Raises:
        UsageError: There is no policy of that name.
    """

    def __init__(
        self,
        policy: EgressPolicy | PolicyName = "live",
        *,
        network: Network | None = None,
        resolver: Resolver | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.policy = policy_of(policy)
        self._used = network
        self._resolver = resolver
        self._clock = clock
        self.takes_time = clock.real or network is None or network.takes_time

    @property
    def _network(self) -> Network:
        """
        The machine's is there from the first request on, and most sessions make none.
        """
        if self._used is None:
            from luahost.network import RealNetwork

            self._used = RealNetwork() if self._resolver is None else RealNetwork(self._resolver)
        return self._used

    @property
    def total_seconds(self) -> float | None:
        """
        How long a request may take with all its redirects, tries and pauses; None for no limit.
        """
        return self.policy.total_seconds

    def __enter__(self) -> Egress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Let go of the connections. The egress can be used again.
        """
        if self._used is not None:
            self._used.close()

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        Send a request and read the whole answer.

        Args:
            request: What to send.

            effects: Gets one ``Http``, whether there is an answer or not.

            words: What the script is told about a failure.

            objection: What the script is told about an answer that will not do, for those who are told
                more than that its body breaks off.

        Raises:
            EndpointError: There is no answer. One that breaks off in its body is an answer.
        """
        if self.policy.lets_out:
            self._network.prepare()
        begin = self._clock.monotonic()
        sent = request
        failure: EndpointError | None = None
        answer: Answer | None = None
        try:
            sent = self.policy.admit(request)
            answer = self.perform(sent)
        except EndpointError as error:
            failure = error
            raise
        finally:
            seconds = self._clock.monotonic() - begin
            effects.add(told(sent, answer, failure, words, objection, seconds=seconds))
        return answer

    def perform(self, request: Request) -> Answer:
        """
        Send a request that the policy has admitted, read the whole answer, and tell nobody.

        Raises:
            EndpointError: There is no answer. One that breaks off in its body is an answer.
        """
        end = self._end(request)
        timeout_seconds = request.timeout_seconds
        if timeout_seconds is not None and timeout_seconds <= 0:
            raise EndpointError("timeout", "no time was given")
        if timeout_seconds is not None and not timeout_seconds <= LONGEST_TIMEOUT_SECONDS:
            request = replace(request, timeout_seconds=None)
        pinned = self.policy.checks_addresses
        if not pinned and (request.tunnel or not request.resolve):
            return self._send(request, None, end)
        place = Place.of(request.proxy or request.url)
        found = self._network.addresses(request, place, seconds=self._seconds_until(end), clock=self._clock)
        for address in found:
            self.policy.check_address(place, address)
        *first, last = found
        for address in first:
            try:
                return self._send(request, address, end)
            except EndpointError as error:
                if error.kind != "refused" and error.detail != CONNECTING:
                    raise
        return self._send(request, last, end)

    def _end(self, request: Request) -> float | None:
        """
        When the exchange must be over, by the clock's monotonic time.
        """
        now = self._clock.monotonic()
        ends = [now + request.total_seconds] if request.total_seconds is not None else []
        if self.policy.total_seconds is not None:
            ends.append((now if request.began is None else request.began) + self.policy.total_seconds)
        return min(ends, default=None)

    def _send(self, request: Request, address: str | None, end: float | None) -> Answer:
        """
        One try, at one address of the host, until ``end``.
        """
        peer = None if address is None else Place.of(request.proxy or request.url).peer(address)
        seconds = self._seconds_until(end)
        if seconds is not None and seconds <= 0:
            raise EndpointError("timeout", OVERALL, peer=peer)
        try:
            answer = self._network.send(
                request,
                address=address,
                seconds=seconds,
                most_bytes=self.policy.max_response_bytes,
                clock=self._clock,
            )
        except EndpointError as error:
            raise with_peer(error, peer) from error
        return replace(answer, broken=with_peer(answer.broken, peer)) if answer.broken else answer

    def _seconds_until(self, end: float | None) -> float | None:
        """
        How long it is until then; None if there is no end.
        """
        return None if end is None else end - self._clock.monotonic()


def told(
    sent: Request,
    answer: Answer | None,
    failure: EndpointError | None,
    words: Callable[[EndpointError], str],
    objection: Callable[[Answer], str | None] | None,
    *,
    seconds: float,
) -> Http:
    """
    The effect of an exchange.

    Args:
        sent: The request as it was sent.

        answer: What came back, if anything did.

        failure: Why nothing did.

        words: See :meth:`Egress.exchange`.

        objection: See :meth:`Egress.exchange`.

        seconds: How long it took.
    """
    outcome: dict[str, Any] = {}
    if failure is not None:
        outcome = {"error": words(failure)}
        if failure.kind == "denied":
            outcome |= {"denied": True, "refusal": failure.detail}
    if answer is not None:
        broken = words(answer.broken) if answer.broken else None
        outcome = {
            "status": answer.status,
            "reason": answer.reason,
            "response_headers": answer.headers,
            "response_body": answer.body,
            "error": objection(answer) if objection else broken,
        }
    return effect_of(sent, **outcome, seconds=seconds)


def with_peer(error: EndpointError, peer: str | None) -> EndpointError:
    """
    The error, with the address it happened at.
    """
    return EndpointError(error.kind, error.detail, peer=peer)
