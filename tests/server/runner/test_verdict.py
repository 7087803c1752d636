"""
Whether an attempt failed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from luahost.config.retry_section import FAILURES, FailureKind, RetrySection
from luahost.effects import Effect, Failure, Http, Log, ProcessKilled
from luahost.errors import HeldBackError
from luahost.server.runner import Policies, Verdict, judge
from luahost.server.runner.verdict import RequestKey, held_back

NOW = 1_560_937_320.0
URL = "https://push.example/new?token=secret"
USUAL = RetrySection().after


def judged(
    *effects: Effect, after: tuple[FailureKind, ...] = USUAL, timed_out: Collection[RequestKey] = ()
) -> Verdict:
    """
    The verdict about these effects, without the policy that it was found by.
    """
    policies = Policies(usual=RetrySection(after=after))
    return replace(judge(effects, policies, now=NOW, timed_out=timed_out), retry=None)


def answered(status: int, reason: str = "", body: bytes = b"", **headers: str) -> Http:
    """
    A request with this answer.
    """
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Http(method="POST", url=URL, body=body, status=status, reason=reason, response_headers=fields)


LUA_ERROR = Log(level="error", text="lua: failed", failure=Failure(function="f", message="push.lua:1: boom"))
LIMIT = Log(
    level="error", text="lua: failed", failure=Failure(function="f", message="stopped", limit="call_seconds")
)
REFUSED = Http(method="GET", url=URL, error="connection refused")
DENIED = Http(
    method="GET", url=URL, error="connection refused", denied=True, refusal="push.example is not allowed"
)

CUT = Http(method="GET", url=URL, status=200, reason="OK", error="closed")

CASES: dict[str, tuple[Effect, FailureKind, str]] = {
    "an error": (LUA_ERROR, "lua_error", "lua_error: push.lua:1: boom"),
    "a crash": (ProcessKilled(reason="used after free()"), "lua_error", "lua_error: used after free()"),
    "a limit": (LIMIT, "limit", "limit: stopped"),
    "nobody listens": (REFUSED, "refused", "http: GET https://push.example/new: connection refused"),
    "an answer that breaks off": (CUT, "refused", "http: GET https://push.example/new: closed"),
    "an overloaded endpoint": (
        answered(503, "Busy"),
        "5xx",
        "http: POST https://push.example/new: 503 Busy",
    ),
    "one that is asked too much": (
        answered(429, "Slow Down"),
        "429",
        "http: POST https://push.example/new: 429 Slow Down",
    ),
    "one that waited too long": (answered(408), "timeout", "http: POST https://push.example/new: 408"),
    "i_error": (Log(level="error", text="lua: cannot push"), "i_error", "i_error: lua: cannot push"),
}


@pytest.mark.parametrize("name", CASES)
def test_kinds(name: str) -> None:
    """
    Each kind of failure counts where it should, and nowhere else; secrets of a URL are not told.
    """
    effect, kind, words = CASES[name]
    others = tuple(each for each in FAILURES if each != kind)

    assert judged(effect, after=(kind,)) == Verdict(failure=words, cause=kind)
    assert judged(effect, after=others) == Verdict()


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 410])
def test_last_words(status: int) -> None:
    """
    A status below 500 is what the endpoint has to say, and asking again would not change it.
    """
    assert judged(answered(status)) == Verdict()


def test_no_answer_in_time() -> None:
    """
    A request that had no answer in time is told from one that had none at all.
    """
    timed_out = {(REFUSED.method, REFUSED.url, REFUSED.body)}

    assert judged(REFUSED, after=("timeout",), timed_out=timed_out).cause == "timeout"
    assert judged(REFUSED, after=("refused",), timed_out=timed_out) == Verdict()


def test_gone() -> None:
    """
    An endpoint that wants no more is not asked again for a script that stumbles over that, but others are.
    """
    gone = answered(410, body=b"a")

    assert judged(gone, LUA_ERROR).final
    assert judged(gone, LUA_ERROR, LIMIT).final
    assert not judged(gone, LIMIT, after=("limit",)).final
    assert not judged(gone, LUA_ERROR, answered(503, body=b"b")).final


def test_a_policy_for_each_driver() -> None:
    """
    What counts is each driver's own matter; of several that failed the one goes on that is tried most often.
    """
    patient = RetrySection(after=("5xx",), attempts=20)
    hasty = RetrySection(after=("lua_error", "5xx"), attempts=1)
    policies = Policies(usual=hasty, by_driver={"drivers 2": patient})

    def of(*effects: tuple[str, Effect]) -> Verdict:
        return judge([replace(effect, driver=driver) for driver, effect in effects], policies, now=NOW)

    assert of(("drivers 2", LUA_ERROR)) == Verdict()
    assert of(("drivers 1", LUA_ERROR)).retry is hasty
    both = of(("drivers 1", answered(502)), ("drivers 2", answered(503)))
    assert both.retry is patient
    assert (both.failure or "").endswith("503")
    assert of(("drivers 1", DENIED), ("drivers 2", answered(503))).cause == "5xx"


def test_held_back() -> None:
    """
    What failed after a request was held back does not count, unless it succeeded anyway, or never will, or
    used up a limit.
    """
    held = HeldBackError("https://push.example:443", 30)

    verdict = held_back(judged(LUA_ERROR, REFUSED), held)
    assert (verdict.endpoint, verdict.wait_seconds, verdict.cause) == (held.origin, 30, "held_back")
    assert verdict.failure == (
        "held back: endpoint https://push.example:443 is down, and is asked again in 30 seconds"
    )
    for other in (Verdict(), judged(DENIED, after=("refused",)), judged(LIMIT)):
        assert held_back(other, held) == other
    assert held_back(judged(REFUSED), None) == judged(REFUSED)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 599])
def test_come_again(status: int) -> None:
    """
    After these statuses the same request may succeed later.
    """
    assert judged(answered(status)).failure is not None


def test_the_last_outcome_of_a_request_counts() -> None:
    """
    A request that failed and then succeeded has succeeded; another one to the same place is another one.
    """
    assert judged(answered(503), answered(200)) == Verdict()
    assert judged(answered(200), answered(503)).failure is not None
    assert judged(answered(503, body=b"a"), answered(200, body=b"b")).failure is not None


def test_refused_by_policy() -> None:
    """
    What the policy refuses it refuses each time, so there is no other attempt, unless HTTP failures do not
    count, or it was a limit that refused.
    """
    verdict = judged(LUA_ERROR, DENIED)

    assert verdict.final
    assert verdict.cause == "egress"
    assert verdict.failure is not None
    assert "push.example is not allowed" in verdict.failure
    assert judged(DENIED, after=("lua_error", "5xx")) == Verdict()
    assert judged(LIMIT, DENIED) == Verdict(failure="limit: stopped", cause="limit")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Wed, 19 Jun 2019 09:43:00 GMT", 60),
        ("Wed, 19 Jun 2019 09:41:00 GMT", 0),
        ("soon", 0),
        ("", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    """
    An endpoint that says when to come again is left alone until then.
    """
    assert judged(answered(429, Retry_After=value)).wait_seconds == seconds
