"""
Values of the section ``serve`` that more than one part of it has: paths, sizes, times, hosts.
"""

from __future__ import annotations

from luahost import patterns
from luahost.documents.values import Reader, Value, as_written, items, text
from luahost.egress_policy import EgressPolicy
from luahost.errors import UsageError

LONGEST_SECONDS = 366 * 86_400
"""What a number of seconds may be."""

NATS_SCHEMES = ("nats://", "tls://")
"""What the URL of a spool on NATS begins with."""

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_BYTES = patterns.compile(r"([1-9][0-9]{0,15})([kKmMgG]?)")
_SECONDS = patterns.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def is_nats(spool: str) -> bool:
    """
    Whether a setting ``spool`` names a place on NATS, and not a file.
    """
    return spool.startswith(NATS_SCHEMES)


def byte_count(value: Value) -> int:
    """
    A number of bytes, which may be in K, M or G.
    """
    found = _BYTES.fullmatch(as_written(value))
    if found is None:
        raise value.expected("a number of bytes, such as 4M")
    return int(found[1]) * _UNITS[found[2].lower()]


def seconds(least: float) -> Reader[float]:
    """
    A number of seconds, ``least`` at least.
    """

    def read(value: Value) -> float:
        written = as_written(value)
        if not _SECONDS.fullmatch(written) or not least <= float(written) <= LONGEST_SECONDS:
            raise value.expected(f"a number of seconds, {least:g} at least")
        return float(written)

    return read


def hosts(value: Value) -> tuple[str, ...]:
    """
    A list of hosts, as an egress policy has them.
    """
    found = []
    for item in items(value, "a host"):
        try:
            EgressPolicy(hosts=(text(item),))
        except UsageError as error:
            raise item.error(str(error)) from None
        found.append(text(item))
    return tuple(found)
