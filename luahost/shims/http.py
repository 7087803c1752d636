"""
One exchange for ``socket.http`` and ``ssl.https``, through the egress and in LuaSocket's words.

Redirects, sources, sinks and what a request table means are in ``luahost/lua/luasocket/request.lua``.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import PLAIN_TLS, SIMPLE_VERSION, Request, from_wire, to_wire
from luahost.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from luahost.clock import Clock
    from luahost.effects import Effects
    from luahost.exchange import Answer, Way

REFUSED = "connection refused"
UNKNOWN_HOST = "host or service not provided, or not known"

WORDS = {"timeout": "timeout", "closed": "closed", "denied": REFUSED}
"""What LuaSocket says for a kind of failure, whatever the details."""

RESOLVER_WORDS = {
    "Temporary failure in name resolution": "temporary failure in name resolution",
    "Non-recoverable failure in name resolution": "non-recoverable failure in name resolution",
    "No address associated with hostname": "No address associated with hostname",
}
"""What it says for the system's reasons why a name has no address; UNKNOWN_HOST for all others."""

PROTOCOL_WORDS = {
    "illegal header line": "malformed reponse headers",
    "illegal chunk header": "invalid chunk size",
    "malformed chunk footer": "invalid chunk size",
    "illegal status line": "malformed response status line",
}
"""
What it says for the beginnings of h11's complaints: all but the last letter for letter. That
would be the line itself.
"""


def functions(egress: Way, effects: Effects, clock: Clock) -> dict[str, Callable[..., Any]]:
    """
    The host half of ``luahost/lua/luasocket/request.lua``.

    ``exchange`` and ``exchange_tls`` answer None and why there is no answer, or status code, status
    line (None for an answer that is nothing but a body), body, why the body broke off (or None), and
    names and values of the headers in turn. ``begin`` gives the time that the first exchange for a
    request and all that it is redirected to begin at.
    """

    def perform(request: Request, words: Callable[[EndpointError], str]) -> tuple[Any, ...]:
        try:
            answer = egress.exchange(request, effects, words)
        except EndpointError as error:
            return None, to_wire(words(error))
        status_line = None
        if answer.version != SIMPLE_VERSION:
            status_line = to_wire(f"{answer.version} {answer.status} {answer.reason}")
        broken = None if answer.broken is None else to_wire(words(answer.broken))
        return answer.status, status_line, answer.body, broken, *_joined_headers(answer)

    def exchange(*plan: Any) -> tuple[Any, ...]:
        return perform(_request(PLAIN_TLS, *plan), socket_words)

    def exchange_tls(
        verify: bool,
        protocol: bytes,
        cafile: bytes | None,
        capath: bytes | None,
        certificate: bytes | None,
        key: bytes | None,
        password: bytes | None,
        *plan: Any,
    ) -> tuple[Any, ...]:
        tls = Tls(
            verify=verify,
            protocol=from_wire(protocol),
            cafile=_optional(cafile),
            capath=_optional(capath),
            certificate=_optional(certificate),
            key=_optional(key),
            password=_optional(password),
            chosen_by_script=True,
        )
        return perform(_request(tls, *plan), tls_words)

    return {"begin": clock.monotonic, "exchange": exchange, "exchange_tls": exchange_tls}


def socket_words(error: EndpointError) -> str:
    """
    What LuaSocket returns besides nil.
    """
    if error.kind == "refused":
        # Of the errors of connect, LuaSocket has words of its own only for this one.
        return REFUSED if error.detail == os.strerror(errno.ECONNREFUSED) else error.detail
    if error.kind == "host_not_found":
        return RESOLVER_WORDS.get(error.detail, UNKNOWN_HOST)
    if error.kind == "tls":
        return error.detail.partition(":")[0]
    if error.kind == "protocol":
        complaint = error.detail.partition(":")[0]
        return PROTOCOL_WORDS.get(complaint, error.detail)
    return WORDS[error.kind]


def tls_words(error: EndpointError) -> str:
    """
    The same for LuaSec, which waits for TLS records rather than for time to pass.
    """
    if error.kind == "timeout" and error.detail != "while connecting":
        return "wantread"
    return socket_words(error)


def _request(
    tls: Tls,
    method: bytes,
    url: bytes,
    target: bytes,
    proxy: bytes | None,
    timeout_seconds: float | None,
    body: bytes | None,
    began: float,
    redirects: int,
    redirected_from: bytes | None,
    *headers: bytes,
) -> Request:
    names = [from_wire(name) for name in headers[::2]]
    values = [from_wire(value) for value in headers[1::2]]
    return Request(
        method=from_wire(method),
        url=from_wire(url),
        target=from_wire(target),
        headers=tuple(zip(names, values, strict=True)),
        body=_framed(body or b"", dict(zip(names, values, strict=True))),
        timeout_seconds=timeout_seconds,
        proxy=_optional(proxy),
        tls=tls,
        began=began,
        redirects=int(redirects),
        redirected_from=_optional(redirected_from),
    )


def _framed(body: bytes, headers: dict[str, str]) -> bytes:
    """
    The part of a body that its Content-Length announces. LuaSocket sends the rest as well, and no
    server can take it for part of this request.
    """
    length = headers.get("Content-Length", "")
    return body[: int(length)] if re.fullmatch("[0-9]{1,15}", length) else body


def _joined_headers(answer: Answer) -> list[bytes]:
    """
    Names in lower case and values in turn; values of one name are joined.
    """
    joined: dict[bytes, bytes] = {}
    for name, value in answer.headers:
        lower, wire = to_wire(name).lower(), to_wire(value)
        joined[lower] = joined[lower] + b", " + wire if lower in joined else wire
    return [text for header in joined.items() for text in header]


def _optional(wire: bytes | None) -> str | None:
    return None if wire is None else from_wire(wire)
