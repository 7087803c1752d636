"""
What a script wants sent, and the request that Dovecot makes of it: target, header fields and their order.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from luahost import patterns
from luahost.api.http_url import HttpUrl, parse_url
from luahost.dataclass import dataclass
from luahost.exchange import Request, from_wire
from luahost.message.dates import written_date

if TYPE_CHECKING:
    from luahost.api.http_options import HttpSettings

WITH_EMPTY_PAYLOAD = frozenset({"POST", "PUT"})
"""Methods that announce their payload even if there is none; in any case of letters."""

_TOKEN = patterns.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    What a script wants sent.

    Attributes:
        headers: The script's own, in order.

        payload: None without one; an empty one is announced.

        expect: Whether to ask the endpoint whether it wants the payload (``Expect: 100-continue``).

        absolute: Whether the request line has the whole URL, as after a redirect.
    """

    method: str
    url: HttpUrl
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes | None = None
    expect: bool = False
    absolute: bool = False


def build_request(
    order: Order,
    settings: HttpSettings,
    timeout_seconds: float,
    seconds_left: float | None,
    *,
    now: float,
) -> Request:
    """
    The request as it goes out, at a time in seconds since 1970.
    """
    proxy = parse_url(settings.proxy_url) if settings.proxy_url else None
    tunnel = proxy is not None and order.url.scheme == "https" and settings.proxy_ssl_tunnel
    whole_url = order.absolute or (proxy is not None and not tunnel)
    headers = _head(order, settings, None if tunnel else proxy, now)
    payload = order.payload or b""
    announced = next((value for name, value in headers if name.lower() == "content-length"), "")
    if re.fullmatch("[0-9]{1,15}", announced):
        payload = payload[: int(announced)]
    return Request(
        method=order.method,
        url=str(order.url),
        target=str(order.url) if whole_url else order.url.target,
        headers=headers,
        body=payload,
        timeout_seconds=timeout_seconds,
        connect_timeout_seconds=settings.connect_timeout or timeout_seconds,
        total_seconds=seconds_left,
        proxy=None if proxy is None else _proxy(proxy, _proxy_userinfo(proxy, settings) if tunnel else None),
        tunnel=tunnel,
        tls=settings.tls,
        block_bytes=None,
        simple=False,
        resolve=True,
    )


def _head(
    order: Order, settings: HttpSettings, proxy: HttpUrl | None, now: float
) -> tuple[tuple[str, str], ...]:
    """
    The header fields in Dovecot's order; one that the script gives replaces Dovecot's.

    Names that are none are left out: Dovecot sends them, and endpoints take the request for broken.
    """
    own = {name.lower() for name, _ in order.headers}
    head = [("Host", order.url.authority), ("Date", written_date(now, "GMT"))]
    if order.url.userinfo is not None:
        head.append(("Authorization", basic(order.url.userinfo)))
    if proxy is not None and (userinfo := _proxy_userinfo(proxy, settings)) is not None:
        head.append(("Proxy-Authorization", basic(userinfo)))
    if settings.user_agent:
        head.append(("User-Agent", settings.user_agent))
    if order.expect:
        head.append(("Expect", "100-continue"))
    framed = "transfer-encoding" in own
    if not framed and (order.payload is not None or order.method.upper() in WITH_EMPTY_PAYLOAD):
        head.append(("Content-Length", str(len(order.payload or b""))))
    if proxy is None:
        head.append(("Connection", "Keep-Alive"))
    return (
        *((name, value) for name, value in head if name.lower() not in own),
        *((name, value) for name, value in order.headers if _TOKEN.fullmatch(name)),
    )


def _proxy_userinfo(proxy: HttpUrl, settings: HttpSettings) -> bytes | None:
    if settings.proxy_username:
        return f"{settings.proxy_username}:{settings.proxy_password}".encode()
    return proxy.userinfo


def _proxy(proxy: HttpUrl, userinfo: bytes | None) -> str:
    """
    The proxy's URL, with credentials only where they are to go into the CONNECT request.
    """
    if userinfo is None:
        return f"{proxy.scheme}://{proxy.authority}/"
    user, colon, password = userinfo.partition(b":")
    escaped = (
        "".join(f"%{byte:02X}" for byte in user)
        + colon.decode()
        + "".join(f"%{byte:02X}" for byte in password)
    )
    return f"{proxy.scheme}://{escaped}@{proxy.authority}/"


def basic(userinfo: bytes) -> str:
    """
    Basic credentials (RFC 7617).
    """
    return "Basic " + from_wire(base64.b64encode(userinfo))
