"""
From a host's name to its addresses: the system's resolver, or one that is given in its place.

The system's resolver cannot be interrupted, so where there is a deadline it is asked in a thread of its own,
which is left to itself when the time is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from luahost.egress_policy.address_classes import address
from luahost.errors import EndpointError
from luahost.exchange import OVERALL

T = TypeVar("T")

Resolver = Callable[[str, int | None], Sequence[str]]
"""
Gives the addresses of a host, the best first, for a port (None for the scheme's own). No address is an empty
list or an OSError.
"""


class InTime(Protocol):
    """
    Waits for what cannot be interrupted, no longer than some seconds (None: as long as it
    takes); raises ``TimeoutError``.
    """

    def __call__(self, ask: Callable[[], T], seconds: float | None) -> T: ...


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


def addresses(
    resolver: Resolver,
    host: str,
    port: int | None,
    seconds: float | None,
    in_time: InTime | None = None,
) -> list[str]:
    """
    The addresses of a host, at least one, asked for no longer than ``seconds`` (None: as long as it takes).
    An address is its own.

    Args:
        resolver: Who is asked.

        host: Whose they are.

        port: The port that is meant, None for the scheme's own.

        seconds: How long.

        in_time: What waits for that, in the place of :func:`in_thread`.

    Raises:
        EndpointError: It has none, or does not say so in time.
    """
    if address(host) is not None:
        return [host]
    try:
        if seconds is None:
            found = resolver(host, port)
        else:
            found = (in_time or in_thread)(lambda: resolver(host, port), seconds)
    except TimeoutError as error:
        raise EndpointError("timeout", OVERALL) from error
    except OSError as error:
        raise EndpointError("host_not_found", error.strerror or str(error)) from error
    if not found:
        raise EndpointError("host_not_found", "No address associated with hostname")
    return list(found)


def is_address(host: str) -> bool:
    """
    Whether a host is an address, and needs no lookup.
    """
    return address(host) is not None


def in_thread(ask: Callable[[], T], seconds: float | None) -> T:
    """
    What comes of something that cannot be interrupted, asked in a thread of its own.

    Raises:
        TimeoutError: It takes longer than ``seconds`` (None: it cannot); it is left to itself.
    """

    def elsewhere(run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name="lookup", daemon=True)
        thread.start()
        thread.join(None if seconds is None else max(seconds, 0))
        if thread.is_alive():
            raise TimeoutError

    return heard_from(ask, elsewhere)


def heard_from(ask: Callable[[], T], elsewhere: Callable[[Callable[[], None]], object]) -> T:
    """
    What comes of something that is asked elsewhere, be it an error: threads print what is raised in them, and
    gevent's do so although somebody hears of it.

    Args:
        ask: It.

        elsewhere: Has something called there, and waits for it.
    """
    found: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            faults.append(error)

    elsewhere(run)
    if faults:
        raise faults[0]
    return found[0]
