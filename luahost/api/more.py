"""
What Dovecot 2.4 added to ``dovecot``: the time, and what kind an IP address is of.

The Lua half, ``luahost/lua/dovecot/more.lua``, has the tab escapes too.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from luahost.runtime import HostFunction, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def net_ip_family(address: str) -> int:
    """
    4 or 6, or 0 for what is no IP address. As in Dovecot, old forms (``1.2.3``, ``5``) are IPv4 and an
    IPv6 address may stand in brackets.
    """
    family = 6 if ":" in address else 4
    try:
        if family == 4:
            socket.inet_aton(address)
        else:
            inside = address[1:-1] if address.startswith("[") and address.endswith("]") else address
            socket.inet_pton(socket.AF_INET6, inside)
    except (OSError, ValueError):
        return 0
    return family


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """
    return {
        "gettimeofday": lambda: divmod(context.clock.time_ns() // 1000, 1_000_000),
        "nanoseconds": context.clock.time_ns,
        "microseconds": lambda: context.clock.time_ns() // 1000,
        "net_ip_family": lambda address: net_ip_family(text(address)),
    }
