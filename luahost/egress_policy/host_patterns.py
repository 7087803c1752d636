"""
Hosts as an operator names them, and as URLs do: which name fits which pattern, and what counts as a number.

One spelling for each host: lower case, no dot at the end, addresses in their usual notation.
"""

from __future__ import annotations

import functools

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.egress_policy.address_classes import address
from luahost.errors import UsageError
from luahost.exchange import PORT_MAX

LONGEST_NAME = 253
"""Characters of a host name (RFC 1035, section 2.3.4)."""

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = patterns.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER = patterns.compile("[0-9]+|0[xX][0-9A-Fa-f]*")
_PATTERN = patterns.compile(r"(?:\[(?P<literal>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class HostPattern:
    """
    Whom an operator means.

    Attributes:
        host: A name or address in its normal spelling, ``*.`` and a name, or ``*``.

        port: The one port; None where it does not say.
    """

    host: str
    port: int | None

    def fits(self, host: str) -> bool:
        """
        Whether a host, in its normal spelling, is meant. ``*.example.org`` means names only.
        """
        if self.host.startswith("*."):
            return host.endswith(self.host[1:]) and not is_numeric(host)
        return self.host in ("*", host)


@functools.cache
def pattern(text: str) -> HostPattern:
    """
    The pattern that a text means.

    Raises:
        UsageError: It means none.
    """
    found = _PATTERN.fullmatch(text)
    if address(text) is not None:
        return HostPattern(normal_host(text), None)
    host = (found["literal"] or found["host"]) if found else ""
    port = int(found["port"]) if found and found["port"] else None
    if not is_plain(host.removeprefix("*.") if host != "*" else "any") or port == 0 or (port or 0) > PORT_MAX:
        raise UsageError(
            f"no host {text!r}; there are push.example.org, push.example.org:8443, *.example.org, "
            "192.0.2.1, [2001:db8::1]:8443 and *"
        )
    return HostPattern(normal_host(host), port)


def normal_host(host: str) -> str:
    """
    A host in its one spelling.
    """
    found = address(host) if "%" not in host else None
    return str(found) if found is not None else host.lower().removesuffix(".")


def is_numeric(host: str) -> bool:
    """
    Whether a host is an address, in any of the spellings that the system's resolver reads as one
    (``127.1``, ``2130706433``, ``0x7f.1``): whether it has a colon, or ends in a number. No name in the DNS
    does (RFC 3696, section 2).
    """
    return ":" in host or _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def is_plain(host: str) -> bool:
    """
    Whether a host is a name of ASCII letters, digits, hyphens and underscores, or an IPv6 address without a
    zone. Other alphabets have to be written in these (``xn--``, RFC 5890).
    """
    if ":" in host:
        return "%" not in host and address(host) is not None
    return len(host) <= LONGEST_NAME + host.endswith(".") and _NAME.fullmatch(host) is not None
