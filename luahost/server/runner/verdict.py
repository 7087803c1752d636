"""
Whether an attempt failed, by what it did: the effects, and which kinds of failures count.

Of an HTTP request that was sent several times the last outcome counts, so a script or client that tries again
by itself and succeeds has not failed. A status below 500, but for 408 and 429, is the endpoint's last word.
"""

from __future__ import annotations

import email.utils
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from luahost.config.serve_section import FAILURES, FailureKind
from luahost.effects import Effects, Http, Log, ProcessKilled

Misfortune = Literal["egress", "start", "input", "died", "fault"]
"""
What ends an attempt whatever ``retry: after`` says: the egress policy refused a request; a driver or script
could not be started; the transaction cannot be read, or not have happened; the server died each time; a fault
of luahost.
"""

Cause = FailureKind | Misfortune
"""Why a transaction failed."""

CAUSES: tuple[Cause, ...] = (*FAILURES, *get_args(Misfortune))

COME_AGAIN = frozenset({408, 429})
"""Statuses below 500 after which the same request may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What came of an attempt.

    Attributes:
        failure: What went wrong first, for the operator; None if nothing did.

        cause: What kind of thing that was, for metrics.

        final: Whether another attempt cannot go better.

        wait_seconds: How long an endpoint wants to be left alone, 0 if none said so.
    """

    failure: str | None = None
    cause: Cause | None = None
    final: bool = False
    wait_seconds: float = 0.0


def judge(effects: Effects, on: Collection[FailureKind], *, now: float) -> Verdict:
    """
    The verdict about an attempt.

    Args:
        effects: What it did.

        on: Which kinds of failures count.

        now: The time, in seconds since 1970.
    """
    failed_requests = _failed_requests(effects)
    refused = [http for http in failed_requests if http.denied]
    limited = any(failure.limit for failure in effects.failures)
    if "http" in on and refused and not limited:
        # Until somebody changes the policy it is refused each time.
        words = f"http: {_request(refused[0])} was not sent: {refused[0].refusal}; see docs/egress.md"
        return Verdict(failure=words, cause="egress", final=True)
    kind, first = next(
        ((kind, words) for kind, words in _failures(effects, failed_requests) if kind in on), (None, None)
    )
    if first is None:
        return Verdict()
    waits = [_wait_seconds(http, now) for http in failed_requests] if "http" in on else []
    return Verdict(failure=first, cause=kind, wait_seconds=max(waits, default=0.0))


def _failures(effects: Effects, failed_requests: list[Http]) -> Iterator[tuple[FailureKind, str]]:
    """
    Everything that went wrong, and its kind.
    """
    for failure in effects.failures:
        kind: FailureKind = "limit" if failure.limit else "lua_error"
        yield kind, f"{kind}: {failure.message}"
    for killed in effects.of(ProcessKilled):
        yield "lua_error", f"lua_error: {killed.reason}"
    for http in failed_requests:
        said = http.error if _no_answer(http) else f"{http.status} {http.reason or ''}".rstrip()
        yield "http", f"http: {_request(http)}: {said}"
    for log in effects.of(Log):
        if log.level == "error" and log.failure is None:
            yield "i_error", f"i_error: {log.text}"


def _failed_requests(effects: Effects) -> list[Http]:
    """
    The requests that failed in the end.
    """
    last: dict[tuple[str, str, bytes], Http] = {}
    for http in effects.of(Http):
        last[http.method, http.url, http.body] = http
    return [
        http
        for http in last.values()
        if _no_answer(http) or (http.status or 0) >= 500 or http.status in COME_AGAIN
    ]


def _no_answer(http: Http) -> bool:
    """
    Whether there was none, or one that breaks off though it would have been good: "A client that receives an
    incomplete response message [...] MUST record the message as incomplete" (RFC 9112, section 8), and the
    journal has no use for it either.
    """
    return http.status is None or (http.error is not None and http.status // 100 == 2)


def _request(http: Http) -> str:
    # What follows the path may be secret.
    return f"{http.method} {http.url.partition('?')[0]}"


def _wait_seconds(http: Http, now: float) -> float:
    """
    What ``Retry-After`` asks for (RFC 9110, section 10.2.3).
    """
    asked = next(
        (value for name, value in http.response_headers if name.lower() == "retry-after"), ""
    ).strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        return max(email.utils.parsedate_to_datetime(asked).timestamp() - now, 0.0)
    except ValueError:
        return 0.0
