"""
The parts of ``serve`` about endpoints: ``retry``, the same for single scripts, ``breaker`` and ``signature``.

The format is the tables below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from luahost.config.serve_values import hosts, seconds
from luahost.dataclass import dataclass
from luahost.documents.values import (
    Reader,
    Value,
    beside,
    file_path,
    items,
    members,
    number,
    record,
    text,
    truth,
)
from luahost.documents.yaml_tree import ScalarNode

FailureKind = Literal["lua_error", "limit", "refused", "timeout", "5xx", "429", "i_error"]

FAILURES: tuple[FailureKind, ...] = ("lua_error", "limit", "refused", "timeout", "5xx", "429", "i_error")
"""What may count as a failure of a transaction."""

HTTP_FAILURES: tuple[FailureKind, ...] = ("refused", "timeout", "5xx", "429")
"""What ``http`` stands for."""

HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySection:
    """
    What counts as failed, and when a failed transaction is tried again.

    Attributes:
        after: What counts as failed.

        attempts: How often a transaction is tried in all.

        first_seconds: The pause after the first attempt; it doubles with each.

        most_seconds: The longest pause.
    """

    after: tuple[FailureKind, ...] = ("lua_error", "limit", *HTTP_FAILURES)
    attempts: int = 10
    first_seconds: float = 5.0
    most_seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSection:
    """
    When an endpoint is left alone for a while.

    Attributes:
        failures: After how many failed requests in a row.

        open_seconds: For how long.
    """

    failures: int = 10
    open_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSection:
    """
    What is signed.

    Attributes:
        secret_file: The file with the secrets.

        to: The hosts to which signed requests go, as in ``allow``.
    """

    secret_file: str
    to: tuple[str, ...]


def _failures(value: Value) -> tuple[FailureKind, ...]:
    return tuple(dict.fromkeys(kind for item in items(value, "a kind of failure") for kind in _failure(item)))


def _failure(value: Value) -> tuple[FailureKind, ...]:
    written = text(value)
    if written == HTTP:
        return HTTP_FAILURES
    for kind in FAILURES:
        if written == kind:
            return (kind,)
    raise value.expected(f"one of {', '.join((*FAILURES, HTTP))}")


_RETRY: Mapping[str, Reader[Any]] = {
    "after": _failures,
    "attempts": number(1, 1000),
    "first_seconds": seconds(0),
    "most_seconds": seconds(0),
}

_SIGNATURE: Mapping[str, Reader[Any]] = {"secret_file": file_path, "to": hosts}

_BREAKER: Mapping[str, Reader[Any]] = {"failures": number(1, 1_000_000), "open_seconds": seconds(1)}


def retry_members(value: Value) -> dict[str, Any]:
    """
    What ``retry`` says; the rest is as it is elsewhere.
    """
    return record(value, _RETRY, where="in retry")


def script_members(value: Value) -> dict[str, dict[str, Any]]:
    """
    What ``scripts`` says of retries: by the path of a script, or the name of a driver without one.
    """
    found = {}
    for name, member in members(value).items():
        said = record(member, {"retry": retry_members}, where=f"in scripts, about {name}")
        is_path = "/" in name or "." in name
        key = os.path.abspath(beside(member, name)) if is_path else name.lower()
        found[key] = said.get("retry", {})
    return found


def breaker_section(value: Value) -> BreakerSection | None:
    """
    What ``breaker`` says; None for ``off``.
    """
    if isinstance(value.node, ScalarNode) and not value.is_nothing:
        return BreakerSection() if truth(value) else None
    return BreakerSection(**record(value, _BREAKER, where="in breaker"))


def signature_section(value: Value) -> SignatureSection:
    """
    What ``signature`` says.
    """
    found = record(value, _SIGNATURE, where="in signature", required=["secret_file", "to"])
    if not found["to"]:
        raise value.error("to is missing in signature: only requests to hosts that it names are signed")
    return SignatureSection(**found)
