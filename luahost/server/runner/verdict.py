"""
Whether an attempt failed, by what it did: the effects, and which kinds of failures count.

Of an HTTP request that was sent several times the last outcome counts, so a script or client that tries again
by itself and succeeds has not failed. A status below 500, but for 408 and 429, is the endpoint's last word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from http import HTTPStatus
from typing import Literal, get_args

from luahost.config.retry_section import FAILURES, FailureKind, RetrySection
from luahost.dataclass import dataclass
from luahost.effects import Effect, Http, Log, ProcessKilled
from luahost.errors import HeldBackError
from luahost.server.endpoints import retry_after_seconds
from luahost.server.runner.policies import Policies

Misfortune = Literal["held_back", "egress", "start", "input", "died", "crash", "fault"]
"""
What ends an attempt whatever ``retry: after`` says: the breaker held a request back, or the egress policy
refused one; a driver or script could not be started; the transaction cannot be read, or not have happened;
the server died each time; the process that ran it died; a fault of luahost.
"""

Cause = FailureKind | Misfortune
"""Why a transaction failed."""

CAUSES: tuple[Cause, ...] = (*FAILURES, *get_args(Misfortune))

RequestKey = tuple[str, str, bytes]
"""Method, URL without credentials, body: what tells the requests of an attempt apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What came of an attempt.

    Attributes:
        failure: What went wrong first, for the operator; None if nothing did.

        cause: What kind of thing that was, for metrics.

        final: Whether another attempt cannot go better.

        wait_seconds: How long an endpoint wants to be left alone, 0 if none said so.

        retry: When it is tried again, and how often; None: as usual.

        endpoint: The endpoint that is left alone, and held the attempt back, so that it does not count; else
            None.
    """

    failure: str | None = None
    cause: Cause | None = None
    final: bool = False
    wait_seconds: float = 0.0
    retry: RetrySection | None = None
    endpoint: str | None = None


WELL = Verdict()
"""That nothing went wrong."""


def judge(
    effects: Iterable[Effect],
    policies: Policies,
    *,
    now: float,
    timed_out: Collection[RequestKey] = (),
) -> Verdict:
    """
    The verdict about an attempt; if several drivers failed, that about the one which is tried most often.

    Args:
        effects: What it did.

        policies: Which kinds of failures count, for each driver.

        now: The time, in seconds since 1970.

        timed_out: The requests that had no answer in time.
    """
    effects = list(effects)
    if all(map(_went_well, effects)):
        return WELL
    by_driver: dict[str | None, list[Effect]] = {}
    for effect in effects:
        by_driver.setdefault(effect.driver, []).append(effect)
    verdicts = [_judged(own, policies.of(driver), now, timed_out) for driver, own in by_driver.items()]
    failed = [verdict for verdict in verdicts if verdict.failure is not None]
    if not failed:
        return WELL
    going_on = [verdict for verdict in failed if not verdict.final]
    return max(going_on or failed, key=lambda verdict: verdict.retry.attempts if verdict.retry else 0)


def held_back(verdict: Verdict, held: HeldBackError | None) -> Verdict:
    """
    The verdict about an attempt of which a request was held back, if any was: what failed may have failed for
    that only, and does not count, unless it used up a limit.
    """
    if held is None or verdict.failure is None or verdict.final or verdict.cause == "limit":
        return verdict
    return held_back_by(held.origin, held.wait_seconds)


def held_back_by(origin: str, wait_seconds: float) -> Verdict:
    """
    The verdict about a transaction that has to wait for an endpoint.
    """
    return Verdict(
        failure=f"held back: endpoint {origin} is down, and is asked again in {wait_seconds:.0f} seconds",
        cause="held_back",
        wait_seconds=wait_seconds,
        endpoint=origin,
    )


def _went_well(effect: Effect) -> bool:
    """
    Whether it is a request of which nothing more is to be said.
    """
    return type(effect) is Http and (effect.status or 0) // 100 == 2 and effect.error is None


def _judged(
    effects: list[Effect], policy: RetrySection, now: float, timed_out: Collection[RequestKey]
) -> Verdict:
    """
    The verdict about what one driver did.
    """
    requests = _last_outcomes(effects)
    failed = [(http, kind) for http in requests if (kind := _kind(http, timed_out)) is not None]
    logs = [effect for effect in effects if isinstance(effect, Log) and effect.level == "error"]
    limited = any(log.failure is not None and log.failure.limit for log in logs)
    denied = [http for http in requests if http.denied]
    if denied and "refused" in policy.after and not limited:
        # Until somebody changes the policy it is refused each time.
        words = f"http: {_request(denied[0])} was not sent: {denied[0].refusal}; see docs/egress.md"
        return Verdict(failure=words, cause="egress", final=True, retry=policy)
    found = [each for each in _failures(effects, logs, failed) if each[0] in policy.after]
    if not found:
        return WELL
    kind, words = found[0]
    counted = [http for http, kind in failed if kind in policy.after]
    waits = [retry_after_seconds(http.response_headers, now=now) or 0.0 for http in counted]
    # "Gone" is for good (Standard Webhooks, section "Deliverability and reliability").
    gone = not failed and kind != "limit" and any(http.status == HTTPStatus.GONE for http in requests)
    return Verdict(failure=words, cause=kind, final=gone, wait_seconds=max(waits, default=0.0), retry=policy)


def _failures(
    effects: list[Effect], logs: list[Log], failed: list[tuple[Http, FailureKind]]
) -> Iterator[tuple[FailureKind, str]]:
    """
    Everything that went wrong, and its kind.
    """
    for log in logs:
        if log.failure is not None:
            kind: FailureKind = "limit" if log.failure.limit else "lua_error"
            yield kind, f"{kind}: {log.failure.message}"
    for effect in effects:
        if isinstance(effect, ProcessKilled):
            yield "lua_error", f"lua_error: {effect.reason}"
    for http, kind in failed:
        said = http.error if _no_answer(http) else f"{http.status} {http.reason or ''}".rstrip()
        yield kind, f"http: {_request(http)}: {said}"
    for log in logs:
        if log.failure is None:
            yield "i_error", f"i_error: {log.text}"


def _last_outcomes(effects: list[Effect]) -> list[Http]:
    """
    Each request as it went in the end.
    """
    last: dict[RequestKey, Http] = {}
    for http in effects:
        if isinstance(http, Http):
            last[http.method, http.url, http.body] = http
    return list(last.values())


def _kind(http: Http, timed_out: Collection[RequestKey]) -> FailureKind | None:
    """
    How a request failed; None if it did not.
    """
    if _no_answer(http):
        return "timeout" if (http.method, http.url, http.body) in timed_out else "refused"
    if http.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "429"
    if http.status == HTTPStatus.REQUEST_TIMEOUT:
        return "timeout"
    return "5xx" if (http.status or 0) >= 500 else None


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
