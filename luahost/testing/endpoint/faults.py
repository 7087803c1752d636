"""
How each reply of an endpoint looks on the caller's side of the network.

What :class:`luahost.network.RealNetwork` raises or answers when the real thing happens, this raises or
answers too; ``tests/testing/endpoint/`` compares the two.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import (
    CONNECTING,
    NO_STATUS_LINE,
    OVERALL,
    SIMPLE_VERSION,
    TALKING,
    Request,
    from_wire,
)
from luahost.exchange import Answer as Result
from luahost.message.dates import written_date
from luahost.testing.endpoint.answers import GARBAGE, LATE_SECONDS, RETRY_SECONDS, Answer, Fault

if TYPE_CHECKING:
    from luahost.clock import Clock

SYSTEM_CONNECT_SECONDS = 127.0
"""How long Linux tries to connect (``tcp_syn_retries`` is 6), where nobody sets an end before that."""

FOR_EVER_SECONDS = 86400.0
"""An endpoint that never answers somebody who waits for ever is given up after a day."""

UNTRUSTED = "certificate verify failed: self-signed certificate"
ENDED = "the connection ended before the answer"

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
        plain = reply if isinstance(reply, Answer) else plain_answer(reply, self._request.url)
        if plain is not None:
            return self._answered(plain)
        assert isinstance(reply, Fault)
        request, fault = self._request, reply
        match fault.name:
            case "refused":
                raise EndpointError("refused", os.strerror(errno.ECONNREFUSED))
            case "dns":
                raise unknown_host()
            case "connect_timeout":
                patience = request.connect_timeout_seconds or request.timeout_seconds
                self._wait(SYSTEM_CONNECT_SECONDS, patience, CONNECTING)
                raise EndpointError("timeout", CONNECTING)
            case "read_timeout":
                self._wait(FOR_EVER_SECONDS, request.timeout_seconds, TALKING)
                raise EndpointError("timeout", TALKING)
            case "reset":
                # Within TLS a reset is an end like any other.
                tls = request.url.startswith("https:")
                raise EndpointError("closed", ENDED if tls else os.strerror(errno.ECONNRESET))
            case "certificate":
                if request.tls.verify and request.url.startswith("https:"):
                    raise EndpointError("tls", UNTRUSTED)
                return self._answered(fault.answer)
            case "truncated":
                return self._truncated(fault.answer)
            case "garbage":
                return self._garbage()
        self._wait(late_seconds(fault), request.timeout_seconds, TALKING)
        return self._answered(fault.answer)

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

    def _answered(self, answer: Answer) -> Result:
        self._wait(answer.delay_seconds, self._request.timeout_seconds, TALKING)
        body = b"" if is_bodiless(answer.status, self._request.method) else answer.wire_body
        if len(body) > self._most_bytes:
            broken = EndpointError("protocol", f"the body is longer than {self._most_bytes} bytes")
            return self._result(answer, body[: self._most_bytes], broken)
        return self._result(answer, body, None)

    def _truncated(self, answer: Answer) -> Result:
        self._wait(answer.delay_seconds, self._request.timeout_seconds, TALKING)
        if is_bodiless(answer.status, self._request.method):
            raise EndpointError("closed", ENDED)
        body, announced = truncated(answer)
        words = f"the connection ended after {len(body)} bytes of the body"
        return self._result(announced, body, EndpointError("closed", words))

    def _garbage(self) -> Result:
        if self._request.url.startswith("https:"):
            # Nobody can look ahead in TLS, so h11 sees it.
            line = GARBAGE.rstrip()
            raise EndpointError("protocol", f"illegal status line: {bytearray(line)!r}")
        if not self._request.simple:
            raise EndpointError("protocol", NO_STATUS_LINE + from_wire(GARBAGE))
        return Result(version=SIMPLE_VERSION, status=200, body=GARBAGE)

    def _result(self, answer: Answer, body: bytes, broken: EndpointError | None) -> Result:
        return Result(
            version="HTTP/1.1",
            status=answer.status,
            reason=answer.phrase,
            headers=header_fields(answer, self._clock.time()),
            body=body,
            broken=broken,
        )


def header_fields(answer: Answer, now: float) -> tuple[tuple[str, str], ...]:
    """
    An answer's header fields, with those that servers add.
    """
    fields = list(answer.pairs)
    named = {name.lower() for name, _ in fields}
    if "date" not in named:
        fields.insert(0, ("Date", written_date(now, "GMT")))
    if "content-length" not in named and not has_no_length(answer.status):
        fields.append(("Content-Length", str(len(answer.wire_body))))
    return tuple(fields)


def plain_answer(fault: Fault, url: str) -> Answer | None:
    """
    The answer that a fault is, to a request of this URL; None if it is more than an odd answer.
    """
    if fault.name == "unavailable":
        return Answer(503)
    if fault.name == "retry_after":
        after = RETRY_SECONDS if fault.seconds is None else fault.seconds
        return Answer(429, {"Retry-After": f"{after:.0f}"})
    if fault.name != "redirect":
        return None
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return Answer(302, {"Location": fault.to or f"{scheme}://{host}{MOVED}/{path}"})


def truncated(answer: Answer) -> tuple[bytes, Answer]:
    """
    Half of an answer's body, and the answer that announces all of it.
    """
    body = answer.wire_body
    headers = [pair for pair in answer.pairs if pair[0].lower() != "content-length"]
    return body[: len(body) // 2], Answer(answer.status, headers, body or b"?", reason=answer.reason)


def late_seconds(fault: Fault) -> float:
    """
    How late a slow answer is.
    """
    return LATE_SECONDS if fault.seconds is None else fault.seconds


def is_bodiless(status: int, method: str) -> bool:
    """
    Whether an answer has no body (RFC 9110, section 6.4.1).
    """
    return method == "HEAD" or has_no_length(status)


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


def before_moved(url: str) -> str | None:
    """
    The URL that was moved to this one by a ``redirect``; None if none was.
    """
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if not f"/{path}".startswith(MOVED + "/"):
        return None
    return f"{scheme}://{host}{('/' + path).removeprefix(MOVED)}"
