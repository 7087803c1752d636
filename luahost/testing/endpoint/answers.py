"""
What an endpoint does with a request: a good answer, or one of the ways in which networks fail.
"""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from typing import Any

from luahost import patterns
from luahost.dataclass import InitVar, dataclass, field

NEW_REASONS = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
"""Reason phrases that are not the same in all Python versions (RFC 9110, section 15)."""

_TOKEN = patterns.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = patterns.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

HeaderFields = Mapping[str, str] | Sequence[tuple[str, str]]

GARBAGE = b"220 mail.example.org ESMTP ready\r\n\r\n"
"""What is behind the port where somebody expects HTTP."""

FAULTS = {
    "refused": "nothing listens",
    "dns": "the host has no address",
    "connect_timeout": "the connection is not made in time",
    "read_timeout": "the endpoint takes the request and never answers",
    "reset": "the connection is reset instead of an answer",
    "truncated": "the connection ends in the middle of the answer's body",
    "certificate": "the certificate is none to trust (where somebody minds)",
    "unavailable": "503 and nothing else",
    "retry_after": "429 with Retry-After",
    "redirect": "302 to another place",
    "garbage": "what answers is no HTTP server",
    "slow": "the answer comes late",
}
"""The faults by name, with what happens."""

LATE_SECONDS = 30.0
"""How late ``slow`` is, unless told otherwise: half of the usual time limit."""

RETRY_SECONDS = 5.0
"""When ``retry_after`` wants the request again, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An HTTP answer. ``Date`` and ``Content-Length`` are added where they are not given.

    Args:
        json: A value that is sent as JSON, instead of ``body``.

    Attributes:
        status: Status code.

        headers: Header fields, a mapping or pairs.

        body: The body; text is sent as UTF-8.

        reason: Reason phrase, None for the usual one.

        delay_seconds: How long it takes to come.

    Raises:
        ValueError: No server would send it so: a status that is none or not final, a header field that is
            none, a length that is not the body's; or there are body and ``json``.
    """

    status: int = 200
    headers: HeaderFields = ()
    body: bytes | str = b""
    json: InitVar[Any] = field(default=None, kw_only=True)
    reason: str | None = field(default=None, kw_only=True)
    delay_seconds: float = field(default=0.0, kw_only=True)

    def __post_init__(self, json: Any) -> None:
        if not isinstance(self.status, int) or not 200 <= self.status <= 999:
            raise ValueError(f"a status is a number from 200 to 999, not {self.status!r}")
        if self.reason is not None and _CONTROL.search(self.reason):
            raise ValueError(f"a reason phrase has one line, not {self.reason!r}")
        if not self.delay_seconds >= 0:
            raise ValueError(f"no time before now: a delay of {self.delay_seconds!r} seconds")
        headers = _fields(self.headers)
        if json is not None:
            if self.body:
                raise ValueError("an answer has a body or json, not both")
            object.__setattr__(self, "body", json_module.dumps(json))
            if not any(name.lower() == "content-type" for name, _ in headers):
                headers = (*headers, ("Content-Type", "application/json"))
        object.__setattr__(self, "headers", headers)
        body = self.body.encode() if isinstance(self.body, str) else bytes(self.body)
        object.__setattr__(self, "body", body)
        for name, value in headers:
            if name.lower() == "content-length" and value != str(len(body)):
                words = "the fault truncated cuts bodies off"
                raise ValueError(
                    f"the body has {len(body)} bytes, and its Content-Length is {value}; {words}"
                )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """
        The header fields, as pairs.
        """
        return tuple(self.headers)  # type: ignore[arg-type]  # __post_init__ has made pairs of them

    @property
    def wire_body(self) -> bytes:
        """
        The body as bytes.
        """
        return self.body  # type: ignore[return-value]  # __post_init__ has made bytes of it

    @property
    def phrase(self) -> str:
        """
        The reason phrase.
        """
        if self.reason is not None:
            return self.reason
        return reason(self.status)


def _fields(headers: HeaderFields) -> tuple[tuple[str, str], ...]:
    """
    Header fields as they go over the wire: space around a value is none of it (RFC 9110, section 5.5).
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    fields = tuple((name, value.strip(" \t")) for name, value in pairs)
    for name, value in fields:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header field")
        if _CONTROL.search(value):
            raise ValueError(f"the header field {name} has one line of text, not {value!r}")
        if name.lower() == "transfer-encoding":
            raise ValueError("an Answer frames its body itself, without Transfer-Encoding")
    return fields


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A way to fail, a key of ``FAULTS``.

    Attributes:
        name: Which.

        seconds: How late ``slow`` is, and what ``retry_after`` asks for.

        to: Where ``redirect`` leads; None for a place of the endpoint's own, where ``answer`` is.

        answer: What the endpoint would have said: late with ``slow``, half of it with ``truncated``,
            elsewhere with ``redirect``, and to those who do not look with ``certificate``.

    Raises:
        ValueError: There is no such fault.
    """

    name: str
    seconds: float | None = field(default=None, kw_only=True)
    to: str | None = field(default=None, kw_only=True)
    answer: Answer = field(default=Answer(), kw_only=True)

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"no fault {self.name!r}; there are {', '.join(FAULTS)}")


def reason(status: int) -> str:
    """
    The usual reason phrase of a status, empty for one that has none.
    """
    from http import HTTPStatus  # where it is wanted: of many tests the scripts send nothing

    try:
        return NEW_REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""
