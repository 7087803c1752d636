"""
One HTTP exchange as data: what is to go out, and what came back.

A :class:`Request` is taken literally by :mod:`luahost.egress`; here stands what makes one fit to be
sent, and how much of it may be shown. Knows no network.

Text is UTF-8 with surrogate escapes, so bytes come out as they went in.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from luahost import dataclass as dataclasses
from luahost import patterns
from luahost.dataclass import dataclass
from luahost.effects import Effects, Http
from luahost.errors import EndpointError
from luahost.tls import Tls

if not TYPE_CHECKING:

    def dataclass(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """
        Frozen for type checkers, as :mod:`luahost.effects.kinds` has it: a request has many fields, and is
        made several times on its way out.
        """
        return dataclasses.dataclass(unsafe_hash=frozen, **options)


PORT_MAX = 65535

DEFAULT_PORTS = {"http": 80, "https": 443}

SIMPLE_VERSION = "HTTP/0.9"
"""The version of an answer that has no status line."""

SHORT_URL, PLACES = 1000, 256
"""How many places are remembered, of URLs of up to so many characters: scripts mostly have a few."""

BLOCK_BYTES = 2048
"""How much of a body must come within one timeout: LuaSocket's block."""

CONNECTING = "while connecting"
TALKING = "while talking"
OVERALL = "while all of it lasted"
"""The details of a timeout: what there was no more time for. A write or read is talking."""

NO_STATUS_LINE = "no status line: "
"""Before an answer that has none, in the detail of the error about it."""

HIDDEN = "***"
"""What an effect shows instead of credentials."""

PLAIN_TLS = Tls()
"""How to meet endpoints where nobody says anything about it."""

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization"})
_FRAMING_LENGTHS = frozenset(map(len, ("transfer-encoding", "content-length")))
_METHOD = patterns.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_URL = patterns.compile(r"(?P<scheme>https?)://(?:[^/?#]*@)?(?P<place>[^/?#]*)(?P<target>.*)", re.DOTALL)
_CREDENTIALS = patterns.compile(r"^([a-z]+://)[^/?#]*@")
_UNSENDABLE = patterns.compile(rb"[\x00-\x20\x7f]")
_PLACE = patterns.compile(r"(?:\[(?P<literal>[^\]]*)\]|(?P<name>[^:]*))(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    An HTTP request.

    Attributes:
        method: Request method.

        url: ``http://`` or ``https://`` URL. What follows the authority goes out as it stands.

        target: What goes out instead of it, None for nothing special.

        headers: Names and values, ``Host`` and the framing of the body included.

        body: The body, before any transfer encoding.

        timeout_seconds: For connecting, for each write, and for each read of up to a
            block of the body; None waits for ever.

        proxy: URL of the proxy to ask, None without one. What it is asked for is the ``target``.

        tls: How to meet an ``https://`` endpoint.

        connect_timeout_seconds: For connecting, None for the same as the rest.

        total_seconds: For the whole exchange, None for no end.

        block_bytes: How much of a body must come within one timeout; None if each read has its own.

        simple: Whether an answer without a status line is one, of HTTP/0.9.

        resolve: Whether to look the host's name up first and try its addresses in turn, so that a
            failure can name the one that failed, as Dovecot does.

        tunnel: Whether the proxy is only asked to pass everything on (RFC 9110, section 9.3.6).

        redirected_from: URL of the request that the script made, if redirects led from it to this one.

        redirects: How many there were.

        began: When the script asked, by the monotonic clock, if that was before this request: before a
            redirect or another try.
    """

    method: str
    url: str
    target: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout_seconds: float | None = None
    proxy: str | None = None
    tls: Tls = PLAIN_TLS
    connect_timeout_seconds: float | None = None
    total_seconds: float | None = None
    block_bytes: int | None = BLOCK_BYTES
    simple: bool = True
    resolve: bool = False
    tunnel: bool = False
    redirected_from: str | None = None
    redirects: int = 0
    began: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What came back.

    Attributes:
        version: ``HTTP/1.1`` or the like; ``SIMPLE_VERSION`` if the answer is nothing but a body.

        status: Status code.

        reason: Reason phrase, possibly empty.

        headers: Names and values in order, as they came.

        body: The body without transfer encoding, content encoding left alone.

        broken: Why the body ended early, None if it is whole.
    """

    version: str
    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    broken: EndpointError | None = None


class Way(Protocol):
    """
    A way out; :class:`luahost.egress.Egress` is one.
    """

    @property
    def total_seconds(self) -> float | None:
        """
        How long a request may take with all its redirects, tries and pauses; None for as long as its maker
        wants.
        """

    @property
    def takes_time(self) -> bool:
        """
        Whether exchanges take real time, whatever the host's clock shows.
        """

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        Send a request and read the whole answer; see :meth:`luahost.egress.Egress.exchange`.
        """


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a URL leads.

    Attributes:
        scheme: ``http`` or ``https``.

        host: Name or address, without brackets.

        port: None for the scheme's own.

        target: What follows in the URL, possibly empty.
    """

    scheme: str
    host: str
    port: int | None
    target: str

    @staticmethod
    def of(url: str) -> Place:
        """
        The place of a URL.

        Raises:
            EndpointError: Nothing can be sent there.
        """
        return _place_of(url) if len(url) > SHORT_URL else _remembered_place_of(url)

    @property
    def port_number(self) -> int:
        """
        The port, the scheme's own if the URL has none.
        """
        return DEFAULT_PORTS[self.scheme] if self.port is None else self.port

    def peer(self, address: str | None = None) -> str:
        """
        Address (or else the host) and port, as one names a peer.
        """
        host = address or self.host
        return f"[{host}]:{self.port_number}" if ":" in host else f"{host}:{self.port_number}"


def _place_of(url: str) -> Place:
    parts = _URL.fullmatch(url)
    place = _PLACE.fullmatch(parts["place"]) if parts else None
    if parts is None or place is None:
        raise EndpointError("protocol", f"{without_credentials(url)!r} is no URL to send to")
    port = int(place["port"]) if place["port"] else None
    if port is not None and port > PORT_MAX:
        raise EndpointError("protocol", f"there is no port {port}")
    host = place["literal"] if place["name"] is None else place["name"]
    return Place(parts["scheme"], host, port, parts["target"])


_remembered_place_of = functools.lru_cache(PLACES)(_place_of)


def check_sendable(request: Request) -> None:
    """
    Refuse a method that is none, and a body whose end the endpoint could not find. h11 refuses the
    latter as well, but in the middle of sending.

    Raises:
        EndpointError: Of the kind ``protocol``.
    """
    if not _METHOD.fullmatch(request.method):
        raise EndpointError("protocol", f"{request.method!r} is no request method")
    announced = "0"
    for name, value in request.headers:
        # Both are looked for once, and most fields are neither.
        if len(name) in _FRAMING_LENGTHS:
            known = name.lower()
            if known == "transfer-encoding":
                return
            if known == "content-length":
                announced = value.strip()
    if announced != str(len(request.body)):
        raise EndpointError(
            "protocol", f"the body has {len(request.body)} bytes, and its Content-Length is {announced}"
        )


def wire_target(target: str) -> bytes:
    """
    A request target that h11 will send: what is no ASCII is escaped, as servers read it anyway; what
    would end the request line early has to be escaped by whoever made the URL.

    Raises:
        EndpointError: Of the kind ``protocol``.
    """
    raw = to_wire(target)
    if not raw.isascii():
        raw = b"".join(b"%%%02X" % byte if byte >= 0x80 else bytes((byte,)) for byte in raw)
    if unsendable := _UNSENDABLE.search(raw):
        raise EndpointError("protocol", f"the request target holds {from_wire(unsendable[0])!r} unescaped")
    return raw


def effect_of(request: Request, **outcome: Any) -> Http:
    """
    An exchange's effect: the request, without its secrets, and whatever else is known of it.
    """
    return Http(
        method=request.method,
        url=without_credentials(request.url),
        headers=tuple(
            (name, HIDDEN if name.lower() in _SECRET_HEADERS else value) for name, value in request.headers
        ),
        body=request.body,
        **outcome,
    )


def without_credentials(url: str) -> str:
    """
    A URL without user and password.
    """
    return _CREDENTIALS.sub(r"\1", url) if "@" in url else url


def from_wire(wire: bytes) -> str:
    """
    Bytes as text.
    """
    return wire.decode("utf-8", "surrogateescape")


def to_wire(text: str) -> bytes:
    """
    Text as bytes.
    """
    return text.encode("utf-8", "surrogateescape")
