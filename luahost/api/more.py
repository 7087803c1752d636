"""
What Dovecot 2.4 added to ``dovecot``: the time, and what kind an IP address is of.

The Lua half, ``luahost/lua/dovecot/more.lua``, has the tab escapes too.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

from luahost.runtime import HostFunction, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def net_ip_family(address: str) -> int:
    """
    4 or 6, or 0 for what is no IP address. As in Dovecot, old forms (``1.2.3``, ``5``) are IPv4, and an
    IPv6 address may stand in brackets and have a zone: a number, or for addresses of a link the loopback
    interface, as of other interfaces luahost cannot know whether they are there.
    """
    try:
        if ":" not in address:
            # What stands behind white space, inet_aton does not look at.
            if re.search(r"\s", address):
                return 0
            socket.inet_aton(address)
            return 4
        inside = address[1:-1] if address.startswith("[") and address.endswith("]") else address
        plain, percent, zone = inside.partition("%")
        of_link = ipaddress.IPv6Address(socket.inet_pton(socket.AF_INET6, plain)).is_link_local
        known = re.fullmatch("[0-9]{1,9}", zone) or (of_link and zone == "lo")
        return 0 if percent and not known else 6
    except (OSError, ValueError):
        return 0


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
