"""
What a request must look like so that everybody on its way reads the same one.

The libraries send more than this (a ``Host`` of the script's own, two framings at once), and a proxy and an
endpoint can take such a request for two different ones (RFC 9112, section 11.2).
"""

from __future__ import annotations

import re

from luahost import patterns
from luahost.dataclass import replace
from luahost.egress_policy.host_patterns import normal_host
from luahost.errors import EndpointError
from luahost.exchange import DEFAULT_PORTS, Place, Request

CREDENTIALS = frozenset({"authorization", "cookie"})
"""Header fields that are for one origin alone; without a proxy, ``Proxy-Authorization`` too."""

_TOKEN = patterns.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_END = patterns.compile(r"[\r\n\0]")


def check_form(request: Request, place: Place) -> None:
    """
    Refuse what could be taken for another request.

    Args:
        request: What is to be sent.

        place: Where its URL leads.

    Raises:
        EndpointError: Of the kind ``denied``.
    """
    if _TOKEN.fullmatch(request.method) is None:
        raise denied(f"{request.method!r} is no request method")
    if request.method.upper() == "CONNECT":
        raise denied("the method CONNECT")
    for name, value in request.headers:
        if _TOKEN.fullmatch(name) is None:
            raise denied(f"{name!r} is no name of a header field")
        if _LINE_END.search(value):
            raise denied(f"the header field {name} holds a line end or NUL")
    _check_target(request, place)
    _check_host(request, place)
    _check_framing(request)


def without_credentials_of(request: Request) -> Request:
    """
    The request without its credentials.
    """
    secret = CREDENTIALS if request.proxy is not None else CREDENTIALS | {"proxy-authorization"}
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in secret)
    return replace(request, headers=kept)


def origin_of(place: Place) -> tuple[str, str, int]:
    """
    Scheme, host and port, each in its one spelling (RFC 6454, section 4).
    """
    return place.scheme, normal_host(place.host), place.port_number


def denied(why: str) -> EndpointError:
    """
    The error of a request that a policy refuses.
    """
    return EndpointError("denied", why)


def _check_target(request: Request, place: Place) -> None:
    target = request.target
    if not target or target.startswith("/") or (target == "*" and request.method == "OPTIONS"):
        return
    # A whole URL, as it is sent to proxies and after redirects (RFC 9112, section 3.2.2).
    try:
        asked = Place.of(target)
    except EndpointError:
        asked = None
    if asked is None or origin_of(asked) != origin_of(place):
        raise denied(f"the request line asks for {target!r}, which is not of {place.peer()}")


def _check_host(request: Request, place: Place) -> None:
    host = place.host.lower()
    # LuaSocket leaves the brackets of an IPv6 address out.
    spellings = {host, f"[{host}]"} if ":" in host else {host}
    allowed = {f"{spelling}:{place.port_number}" for spelling in spellings}
    if place.port_number == DEFAULT_PORTS[place.scheme]:
        allowed |= spellings
    if [value.lower() for value in _values(request, "host")] not in [[one] for one in allowed]:
        raise denied(f"the header field Host is not that of {place.peer()}")


def _check_framing(request: Request) -> None:
    lengths, codings = _values(request, "content-length"), _values(request, "transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise denied("the end of the body is announced twice (Content-Length, Transfer-Encoding)")
    if codings and codings[0].lower() != "chunked":
        raise denied(f"the transfer encoding {codings[0]!r}")
    if lengths and re.fullmatch("[0-9]{1,15}", lengths[0]) is None:
        raise denied(f"{lengths[0]!r} is no length of a body")


def _values(request: Request, name: str) -> list[str]:
    return [value.strip(" \t") for key, value in request.headers if key.lower() == name]
