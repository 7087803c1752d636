"""
From a host's name to its addresses: the system's resolver, or one that is given in its place.

The system's resolver cannot be interrupted, so where there is a deadline it is asked in a thread of its own,
which is left to itself when the time is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from luahost.egress_policy.address_classes import address
from luahost.errors import EndpointError
from luahost.exchange import OVERALL

Resolver = Callable[[str, int | None], Sequence[str]]
"""
Gives the addresses of a host, the best first, for a port (None for the scheme's own). No address is an empty
list or an OSError.
"""


def system_resolver(host: str, port: int | None) -> list[str]:
    """
    The addresses of a host, in the system's order.

    Raises:
        EndpointError: It has none.
    """
    import socket

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if host.lower() == "localhost":
            # RFC 6761 section 6.3; a bare system has no /etc/hosts to say so.
            return ["127.0.0.1"]
        raise EndpointError("host_not_found", error.strerror or str(error)) from error
    except UnicodeError as error:
        # Python's own resolver refuses names that the DNS cannot hold.
        raise EndpointError("host_not_found", "Name or service not known") from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def addresses(resolver: Resolver, host: str, port: int | None, seconds: float | None) -> list[str]:
    """
    The addresses of a host, at least one, asked for no longer than ``seconds`` (None: as long as it takes).
    An address is its own.

    Raises:
        EndpointError: It has none, or does not say so in time.
    """
    if address(host) is not None:
        return [host]
    try:
        found = resolver(host, port) if seconds is None else _in_time(resolver, host, port, seconds)
    except OSError as error:
        raise EndpointError("host_not_found", error.strerror or str(error)) from error
    if not found:
        raise EndpointError("host_not_found", "No address associated with hostname")
    return list(found)


def _in_time(resolver: Resolver, host: str, port: int | None, seconds: float) -> Sequence[str]:
    outcome: list[Sequence[str] | BaseException] = []

    def ask() -> None:
        try:
            outcome.append(resolver(host, port))
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            outcome.append(error)

    thread = threading.Thread(target=ask, name=f"lookup of {host}", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if not outcome:
        raise EndpointError("timeout", OVERALL)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
