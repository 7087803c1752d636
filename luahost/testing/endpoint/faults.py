"""
How each reply of an endpoint looks on the caller's side of the network.

What :class:`luahost.network.RealNetwork` raises or answers when the real thing happens, this raises or
answers too; ``tests/testing/endpoint/`` compares the two.
"""

from __future__ import annotations

import email.utils
import errno
import os
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import (
    CONNECTING,
    NO_STATUS_LINE,
    OVERALL,
    SIMPLE_VERSION,
    Request,
    from_wire,
)
from luahost.exchange import Answer as Result
from luahost.testing.endpoint.answers import GARBAGE, LATE_SECONDS, RETRY_SECONDS, Answer, Fault

if TYPE_CHECKING:
    from luahost.clock import Clock

SYSTEM_CONNECT_SECONDS = 127.0
"""How long Linux tries to connect (``tcp_syn_retries`` is 6), where nobody sets an end before that."""

FOR_EVER_SECONDS = 86400.0
"""An endpoint that never answers somebody who waits for ever is given up after a day."""

TALKING = "while talking"

MOVED = "/.moved"
"""In front of the path of what a ``redirect`` leads to."""


class Exchange:
    """
    One request on its way to an endpoint.

    Args:
        seconds: How long it may take in all, None for as long as it takes.

        most_bytes: The longest body of an answer to take.
    """

    def __init__(self, request: Request, *, seconds: float | None, most_bytes: int, clock: Clock) -> None:
        self._request = request
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._clock = clock

    def result(self, reply: Answer | Fault) -> Result:
        """
        What comes of this reply.

        Raises:
            EndpointError: Nothing that is an answer.
        """
        if isinstance(reply, Answer):
            return self._answered(reply)
        answer = reply.answer
        match reply.name:
            case "refused":
                raise EndpointError("refused", os.strerror(errno.ECONNREFUSED))
            case "dns":
                raise unknown_host()
            case "connect_timeout":
                patience = self._request.connect_timeout_seconds or self._request.timeout_seconds
                self._never(patience, CONNECTING, SYSTEM_CONNECT_SECONDS)
            case "read_timeout":
                self._never(self._request.timeout_seconds, TALKING, FOR_EVER_SECONDS)
            case "reset":
                raise EndpointError("closed", os.strerror(errno.ECONNRESET))
            case "truncated":
                return self._truncated(answer)
            case "retry_after":
                return self._answered(_try_later(reply.seconds))
            case "redirect":
                return self._answered(_moved(self._request.url if reply.to is None else None, reply.to))
            case "garbage":
                return self._garbage()
        late = LATE_SECONDS if reply.seconds is None else reply.seconds
        self._wait(late, self._request.timeout_seconds, TALKING)
        return self._answered(answer)

    def _wait(self, seconds: float, patience: float | None, detail: str) -> None:
        """
        Let the answer take so long; or as long as the caller has patience.
        """
        whole = self._seconds
        if whole is not None and whole <= seconds and (patience is None or whole <= patience):
            self._clock.sleep(whole)
            raise EndpointError("timeout", OVERALL)
        if patience is not None and patience <= seconds:
            self._clock.sleep(patience)
            raise EndpointError("timeout", detail)
        self._clock.sleep(seconds)
        if self._seconds is not None:
            self._seconds -= seconds

    def _never(self, patience: float | None, detail: str, most: float) -> None:
        self._wait(most, patience, detail)
        raise EndpointError("timeout", detail)

    def _answered(self, answer: Answer) -> Result:
        self._wait(answer.delay_seconds, self._request.timeout_seconds, TALKING)
        body = b"" if self._bodiless(answer) else answer.wire_body
        if len(body) > self._most_bytes:
            broken = EndpointError("protocol", f"the body is longer than {self._most_bytes} bytes")
            return self._result(answer, body[: self._most_bytes], broken)
        return self._result(answer, body, None)

    def _truncated(self, answer: Answer) -> Result:
        """
        Half of the body, of which more was announced.
        """
        if self._bodiless(answer):
            raise EndpointError("closed", "the connection ended before the answer")
        whole = answer.wire_body
        body = whole[: len(whole) // 2]
        announced = Answer(
            answer.status,
            (*answer.pairs, ("Content-Length", str(max(len(whole), 1)))),
            reason=answer.reason,
            delay_seconds=answer.delay_seconds,
        )
        self._wait(answer.delay_seconds, self._request.timeout_seconds, TALKING)
        words = f"peer closed connection after {len(body)} bytes of its body"
        return self._result(announced, body, EndpointError("closed", words))

    def _garbage(self) -> Result:
        if self._request.url.startswith("https:"):
            # Nobody can look ahead in TLS, so h11 sees it.
            line = GARBAGE.rstrip()
            raise EndpointError("protocol", f"illegal status line: {bytearray(line)!r}")
        if not self._request.simple:
            raise EndpointError("protocol", NO_STATUS_LINE + from_wire(GARBAGE))
        return Result(version=SIMPLE_VERSION, status=200, body=GARBAGE)

    def _bodiless(self, answer: Answer) -> bool:
        """
        Whether the answer can have no body (RFC 9110, section 6.4.1).
        """
        return self._request.method == "HEAD" or has_no_length(answer.status)

    def _result(self, answer: Answer, body: bytes, broken: EndpointError | None) -> Result:
        named = {name.lower() for name, _ in answer.pairs}
        headers = list(answer.pairs)
        if "date" not in named:
            headers.insert(0, ("Date", email.utils.formatdate(self._clock.time(), usegmt=True)))
        if not named & {"content-length", "transfer-encoding"} and not has_no_length(answer.status):
            headers.append(("Content-Length", str(len(answer.wire_body))))
        return Result(
            version="HTTP/1.1",
            status=answer.status,
            reason=answer.phrase,
            headers=tuple(headers),
            body=body,
            broken=broken,
        )


def has_no_length(status: int) -> bool:
    """
    Whether answers of this status have neither a body nor its length (RFC 9110, sections 6.4.1 and 8.6).
    """
    return status // 100 == 1 or status in (204, 304)


def unknown_host() -> EndpointError:
    """
    What comes of a name that the DNS does not know.
    """
    return EndpointError("host_not_found", "Name or service not known")


def _try_later(seconds: float | None) -> Answer:
    after = RETRY_SECONDS if seconds is None else seconds
    return Answer(429, {"Retry-After": f"{after:.0f}"})


def _moved(url: str | None, to: str | None) -> Answer:
    if to is None:
        scheme, _, rest = (url or "").partition("://")
        host, slash, path = rest.partition("/")
        to = f"{scheme}://{host}{MOVED}{slash or '/'}{path}"
    return Answer(302, {"Location": to})


def before_moved(url: str) -> str | None:
    """
    The URL that was moved to this one by a ``redirect``; None if none was.
    """
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if not f"/{path}".startswith(MOVED + "/"):
        return None
    return f"{scheme}://{host}{('/' + path).removeprefix(MOVED)}"
