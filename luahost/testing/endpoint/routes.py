"""
Routes: which requests an endpoint answers, how, and how often.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import DEFAULT_PORTS, Place, without_credentials
from luahost.testing.endpoint.answers import Answer, Fault

if TYPE_CHECKING:
    from luahost.testing.endpoint.received import Request

Plain = Answer | Fault | int | str
"""What can be said to a request: an answer or a fault, or shorter a status or the name of a fault."""

Reply = Plain | Callable[["Request"], Plain]
"""What a route says; a function says it by the request."""

UrlPattern = str | re.Pattern[str]

ANY = "*"


class Route:
    """
    An entry of an endpoint's list; made by :meth:`luahost.testing.Endpoint.route`.

    Attributes:
        method: The method, ``*`` for any.

        url: The pattern, as it was given.

        requests: The requests that it has answered, in order.

        times: How many it is for; None for any number but 0.

        optional: Whether it may stay unused.
    """

    def __init__(
        self,
        method: str,
        url: UrlPattern,
        replies: Sequence[Reply],
        *,
        times: int | None = None,
        optional: bool = False,
    ) -> None:
        self.method = method
        self.url = url
        self.times = times
        self.optional = optional
        self.requests: list[Request] = []
        self._replies = [reply if callable(reply) else meant(reply) for reply in replies]
        self._fits = fitting(url)

    def matches(self, method: str, url: str) -> bool:
        """
        Whether such a request is the route's, and may still be.
        """
        return not self.spent and self.method in (ANY, method) and self._fits(url)

    @property
    def spent(self) -> bool:
        """
        Whether it has had all the requests that it is for.
        """
        return self.times is not None and len(self.requests) >= self.times

    def reply(self, request: Request) -> Answer | Fault:
        """
        What to say to the next request, which is noted. The last reply is the one for all that follow.
        """
        reply = self._replies[min(len(self.requests), len(self._replies) - 1)]
        self.requests.append(request)
        return meant(reply(request)) if callable(reply) else reply

    @property
    def origin(self) -> str | None:
        """
        Scheme, host and port that its pattern names; None if it leaves them open.
        """
        if isinstance(self.url, re.Pattern) or self.url.startswith("/"):
            return None
        scheme, _, rest = normal(self.url).partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        return None if ANY in origin else origin

    @property
    def unused(self) -> str | None:
        """
        What the route still waited for, None if it has had its requests.
        """
        had = len(self.requests)
        if self.optional:
            return None
        if self.times is not None and had < self.times:
            return f"{self}: {had} of {counted(self.times, 'request')}"
        if had == 0:
            return f"{self}: no request"
        if had < len(self._replies):
            return f"{self}: {counted(had, 'request')} for {len(self._replies)} answers"
        return None

    def __str__(self) -> str:
        url = self.url.pattern if isinstance(self.url, re.Pattern) else self.url
        return f"{self.method} {url}"

    def __repr__(self) -> str:
        return f"<Route {self}>"


def meant(reply: Plain) -> Answer | Fault:
    """
    The answer or fault that a short word stands for.

    Raises:
        ValueError: It stands for none.
    """
    if isinstance(reply, Answer | Fault):
        return reply
    if isinstance(reply, str):
        return Fault(reply)
    if isinstance(reply, int):
        return Answer(reply)
    raise ValueError(f"an endpoint says an Answer, a Fault, a status or a fault's name, not {reply!r}")


def counted(count: int, noun: str) -> str:
    """
    A number of things: ``1 request``, ``2 requests``.
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


@functools.lru_cache(maxsize=1000)
def fitting(pattern: UrlPattern) -> Callable[[str], bool]:
    """
    Whether a URL fits a pattern.

    ``*`` stands for any characters, and no other has a meaning. A pattern that begins with ``/`` is a path at
    any host; one without a query takes any query. Host and scheme have no case, and a default port is none. A
    compiled regular expression has to fit the whole URL, query included.

    Raises:
        ValueError: The pattern can fit no URL.
    """
    if isinstance(pattern, re.Pattern):
        whole = pattern
        return lambda url: whole.fullmatch(normal(url)) is not None
    any_query = "?" not in pattern
    a_path = pattern.startswith("/")
    if not (a_path or "://" in pattern or pattern.startswith(ANY)):
        words = "write https://host/path, /path for any host, or * for parts of it"
        raise ValueError(f"{pattern!r} fits no URL; {words}")
    parts = ".*".join(map(re.escape, (pattern if a_path else normal(pattern)).split(ANY)))
    expression = re.compile(("[a-z]+://[^/]*" if a_path else "") + parts, re.DOTALL)

    def fits(url: str) -> bool:
        found = normal(url)
        return expression.fullmatch(found.partition("?")[0] if any_query else found) is not None

    return fits


def normal(url: str) -> str:
    """
    A URL without credentials and fragment, its scheme and host in lower case, without the scheme's own port,
    and with a path. What is no URL stays as it is.
    """
    head, colon, rest = url.partition("://")
    cut = min((rest.find(end) for end in "/?#" if end in rest), default=len(rest))
    lower = head.lower() + colon + rest[:cut].lower() + rest[cut:]
    try:
        place = Place.of(without_credentials(lower))
    except EndpointError:
        return url
    host = f"[{place.host}]" if ":" in place.host else place.host
    port = "" if place.port in (None, DEFAULT_PORTS[place.scheme]) else f":{place.port}"
    target = place.target.partition("#")[0]
    return f"{place.scheme}://{host}{port}{target if target.startswith('/') else '/' + target}"
