"""
Which addresses are public, and which lie in a network that an operator names.

Not everything that ``ipaddress`` calls global leads to the public internet: an IPv4 address can hide in an
IPv6 one, and Python versions differ. So the ranges stand here, after IANA's registries of special-purpose
addresses (RFC 6890) and of IPv6 global unicast addresses (RFC 4291, section 2.4).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from luahost import patterns

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

PUBLIC_IPV6 = "2000::/3"
"""
All that is routed to everybody. Outside of it lie loopback, link-local, unique local and multicast addresses,
and those that hold an IPv4 address: mapped (::ffff:0:0/96), compatible (::/96) and NAT64 (64:ff9b::/96).
"""

SPECIAL_NETWORKS = {
    "0.0.0.0/8": "this network; 0.0.0.0 is the machine itself",
    "10.0.0.0/8": "private (RFC 1918)",
    "100.64.0.0/10": "shared by a provider's customers (RFC 6598)",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "what Azure's machines are managed from",
    "169.254.0.0/16": "link-local (RFC 3927); the metadata services of clouds",
    "172.16.0.0/12": "private (RFC 1918)",
    "192.0.0.0/24": "IETF protocol assignments (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.88.99.0/24": "6to4 relays (RFC 7526)",
    "192.168.0.0/16": "private (RFC 1918)",
    "198.18.0.0/15": "benchmarks (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved, and broadcast (RFC 1112, RFC 919)",
    "2001::/23": "IETF protocol assignments (RFC 2928); Teredo holds an IPv4 address",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4, holds an IPv4 address (RFC 3056)",
    "3fff::/20": "documentation (RFC 9637)",
}
"""What is not public of IPv4, and of PUBLIC_IPV6; and what it is."""

REMEMBERED = 4096
"""How many addresses are not judged anew each time: the same endpoints get request after request."""

# Most of what is asked about are names, and an exception for each would be dear.
_LIKE_AN_ADDRESS = patterns.compile("[0-9A-Fa-f:.]{2,45}")


@functools.cache
def network(text: str) -> Network:
    """
    A network from its CIDR notation; a lone address is a network of one.

    Raises:
        ValueError: It is none, or has bits set behind its prefix.
    """
    import ipaddress  # where it is wanted: a script that sends nothing does not wait for it

    return ipaddress.ip_network(text)


def address(text: str) -> Address | None:
    """
    An address from its usual notation, None if it is none. A zone (``%eth0``) is left off, and an IPv4
    address mapped into IPv6 is the IPv4 address, since that is who would be reached.
    """
    bare = text.partition("%")[0]
    return _read(bare) if _LIKE_AN_ADDRESS.fullmatch(bare) is not None else None


@functools.lru_cache(REMEMBERED)
def _read(bare: str) -> Address | None:
    import ipaddress

    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def lies_in(found: Address, cidr: str) -> bool:
    """
    Whether an address lies in a network.
    """
    return found in network(cidr)


@functools.lru_cache(REMEMBERED)
def special_use(found: Address) -> str | None:
    """
    What an address is for instead of the public internet; None for a public one.
    """
    for cidr, use in SPECIAL_NETWORKS.items():
        if lies_in(found, cidr):
            return use
    if found.version == 6 and not lies_in(found, PUBLIC_IPV6):
        return "outside of IPv6's public addresses"
    return None


def is_public(found: Address) -> bool:
    """
    Whether an address is one of the public internet.
    """
    return special_use(found) is None
