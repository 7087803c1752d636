"""
The endpoints that settings name: from the name to an answer, one step after the other, and nothing that
could be taken for a push.

What is asked is ``HEAD /``: a method that changes nothing (RFC 9110, section 9.2.1), and not the path that
scripts use. Whatever is answered, somebody is there; its ``Date`` says what time it is for the endpoint.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from luahost import patterns
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config import Settings
from luahost.dataclass import dataclass
from luahost.doctor.certificates import expiry_check
from luahost.doctor.check import Check, Subject
from luahost.egress_policy import EgressPolicy
from luahost.errors import EndpointError
from luahost.exchange import Place
from luahost.lookup import addresses, system_resolver
from luahost.tls import Tls, os_reason, tls_context

TIMEOUT_SECONDS = 5.0
"""For each step."""

SKEW_SECONDS = 30.0
"""A difference of clocks that is worth a look."""

MOST_SKEW_SECONDS = 300.0
"""One that receivers of signed webhooks refuse (Standard Webhooks)."""

_HEAD = "HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: luahost-doctor\r\nConnection: close\r\n\r\n"
_URL = patterns.compile(r"https?://[^\s\"'<>]+")
_ENDPOINT = Subject("endpoint")


@dataclass(frozen=True, slots=True)
class Met:
    """
    What an endpoint showed of itself.

    Attributes:
        detail: Its address, and what it answered.

        certificate: As ``ssl`` tells of it; None without TLS.

        date: What time it is there, in seconds since 1970; None if it does not say.
    """

    detail: str
    certificate: Mapping[str, Any] | None = None
    date: float | None = None


def named_origins(settings: Settings) -> Iterator[str]:
    """
    Scheme, host and port of each URL that settings and drivers' options have, once. Those with variables in
    them are different for each user, and left out.
    """
    texts = [*settings.script_settings().values()]
    for entry in settings.drivers():
        texts += [*entry.options.values(), *(entry.lua_settings or {}).values()]
    found: dict[str, None] = {}
    for text in texts:
        for url in _URL.findall(text):
            try:
                place = Place.of(url)
            except EndpointError:
                continue
            if "%" not in place.host:
                found[f"{place.scheme}://{place.peer()}"] = None
    yield from found


def endpoint_checks(
    origin: str, policy: EgressPolicy, *, clock: Clock = SYSTEM_CLOCK, seconds: float = TIMEOUT_SECONDS
) -> Iterator[Check]:
    """
    Each check of an endpoint as it is done.

    Args:
        origin: Of :func:`named_origins`.

        policy: Where scripts' requests may go.

        clock: This machine's time.

        seconds: How long each step may take.
    """
    place = Place.of(f"{origin}/")
    try:
        policy.check_url(f"{origin}/")
        found = addresses(system_resolver, place.host, place.port_number, seconds)
        for address in found:
            policy.check_address(place, address)
        met = _met(place, found, seconds)
    except EndpointError as error:
        yield _ENDPOINT.fail(origin, error.detail, _ADVICE.get(error.kind, ""))
        return
    told = _ENDPOINT.ok(origin, met.detail)
    yield expiry_check(told, met.certificate, clock) if met.certificate else told
    if met.date is not None:
        yield skew_check(origin, met.date - clock.time())


_ADVICE = {
    "denied": "scripts are refused the same; `allow` of the section serve lets them: docs/egress.md",
    "host_not_found": "see to the name, or to this machine's resolver (/etc/resolv.conf)",
    "refused": "start it, or mend the port in the settings",
    "timeout": "a firewall, or an endpoint that hangs",
    "tls": "scripts that verify certificates, as dovecot.http.client does, cannot send there either: "
    "renew it, or put its authority among the system's (update-ca-certificates)",
    "closed": "is this the port of another protocol, or of TLS?",
    "protocol": "is this the port of another protocol?",
}


def skew_check(origin: str, seconds: float) -> Check:
    """
    What is to be said of an endpoint's clock, which is this much ahead of ours.
    """
    clock = Subject("clock")
    if abs(seconds) < SKEW_SECONDS:
        return clock.ok(origin, "the same time as here")
    words = f"its time is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} ours"
    if abs(seconds) < MOST_SKEW_SECONDS:
        return clock.warn(origin, words, "one of the two clocks wants NTP")
    return clock.fail(origin, words, "one of the two clocks wants NTP; it refuses signed requests that old")


def _met(place: Place, found: list[str], seconds: float) -> Met:
    """
    Connect to the first address that takes it, and ask.

    Raises:
        EndpointError: There is no answer.
    """
    error: OSError | None = None
    for address in found:
        try:
            with socket.create_connection((address, place.port_number), seconds) as connection:
                return _asked(place, address, connection)
        except ConnectionRefusedError as refused:
            error = refused
        except TimeoutError as late:
            raise EndpointError("timeout", f"{address} does not answer within {seconds:g} s") from late
        except ssl.SSLError as trouble:
            raise EndpointError("tls", os_reason(trouble)) from trouble
        except http.client.HTTPException as trouble:
            raise EndpointError("protocol", f"{address} does not answer in HTTP") from trouble
        except (ConnectionError, OSError) as trouble:
            raise EndpointError("closed", f"{address}: {os_reason(trouble)}") from trouble
    raise EndpointError("refused", f"{', '.join(found)}: {os_reason(error or OSError('no address'))}")


def _asked(place: Place, address: str, connection: socket.socket) -> Met:
    certificate, tls = None, ""
    if place.scheme == "https":
        secured = tls_context(Tls()).wrap_socket(connection, server_hostname=place.host)
        certificate, tls = secured.getpeercert() or {}, f", {secured.version()}"
        connection = secured
    with connection:
        connection.sendall(_HEAD.format(host=place.peer()).encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method="HEAD")
        try:
            answer.begin()
            date = answer.getheader("Date")
        finally:
            answer.close()
    return Met(f"{address}{tls}, answers ({answer.status})", certificate, _seconds(date))


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
