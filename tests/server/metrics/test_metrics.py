"""
What is counted, as Prometheus reads it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from luahost.effects import Effect, Failure, Http, Log, NamedEvent, ProcessKilled
from luahost.errors import SpoolError
from luahost.server.metrics import Metrics
from luahost.server.metrics.metrics import MOST_EVENTS
from luahost.server.runner import CAUSES, Attempted, Verdict
from luahost.server.spool import Claim, SpoolStatus, State
from luahost.server.worker.effect_form import Calls
from luahost.testing import ManualClock

NOW = 1_000_000.0
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
CLAIM = Claim(id="1-a", user="bob", payload=b"{}", attempt=1, accepted=NOW - 2)

Values = Mapping[tuple[str, ...], float]


@pytest.fixture
def metrics() -> Metrics:
    """
    Metrics at a time that stands still.
    """
    return Metrics(ManualClock(NOW))


def shown(metrics: Metrics, name: str) -> Values:
    """
    The samples of a metric as they are shown, by the values of their labels.
    """
    page, content_type = metrics.page("")
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    families = plain(page.decode())
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def attempt(metrics: Metrics, *effects: Effect, repeated: int = 0, calls: Calls | None = None) -> None:
    """
    An attempt of a quarter of a second in which this was done.
    """
    metrics.attempted(
        Attempted(
            id="1-a",
            user="bob",
            effects=effects,
            verdict=Verdict(),
            seconds=0.25,
            repeated=repeated,
            calls=calls or {},
        )
    )


def test_what_becomes_of_transactions(metrics: Metrics) -> None:
    """
    Attempts count by what the transaction is afterwards, failures by their cause; those that have not
    happened yet are there with 0.
    """
    metrics.settled(CLAIM, State.DONE, Verdict())
    metrics.settled(CLAIM, State.DEAD, Verdict(failure="no", cause="5xx"))
    metrics.settled(CLAIM, State.DEAD, Verdict(failure="for some reason"))

    assert shown(metrics, "luahost_attempts_total") == {("done",): 1, ("retrying",): 0, ("dead",): 2}
    failures = shown(metrics, "luahost_failures_total")
    assert {cause for (cause,) in failures} == {*CAUSES, "other"}
    assert {labels: value for labels, value in failures.items() if value} == {("5xx",): 1, ("other",): 1}
    assert shown(metrics, "luahost_done_seconds_sum") == {(): 2}
    assert shown(metrics, "luahost_done_seconds_count") == {(): 1}


def test_causes_are_documented() -> None:
    """
    Whoever looks at failures finds what each cause means.
    """
    page = (Path(__file__).parents[3] / "docs" / "operating.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| `luahost_failures_total`")]

    assert [cause for cause in CAUSES if f"`{cause}`" not in row] == []


def test_what_scripts_do(metrics: Metrics) -> None:
    """
    Calls and errors count by driver and function, limits and lines of the log by their kind.
    """
    error = Failure(function="dovecot_lua_notify_end_txn", message="boom")
    limit = Failure(function=None, message="too long", limit="call_seconds")
    attempt(
        metrics,
        Log(level="info", text="hello"),
        Log(level="error", text="lua: failed", failure=error),
        Log(level="error", text="lua: failed", failure=limit),
        ProcessKilled(reason="used after free()"),
        calls={
            ("", "dovecot_lua_notify_begin_txn"): 1,
            ("second", "dovecot_lua_notify_event_message_new"): 2,
        },
    )

    assert shown(metrics, "luahost_script_calls_total") == {
        ("", "dovecot_lua_notify_begin_txn"): 1,
        ("second", "dovecot_lua_notify_event_message_new"): 2,
    }
    assert shown(metrics, "luahost_log_lines_total") == {("info",): 1, ("error",): 2}
    assert shown(metrics, "luahost_script_limits_total") == {("call_seconds",): 1}
    assert shown(metrics, "luahost_script_errors_total") == {
        ("", "dovecot_lua_notify_end_txn"): 1,
        ("", "load"): 1,
    }


def test_attempts_and_requests_have_durations(metrics: Metrics) -> None:
    """
    Durations are histograms; requests have one for each endpoint, and count by what came of them.
    """
    attempt(metrics, Http(method="GET", url="http://no.example/", error="no", denied=True), repeated=3)
    metrics.sent("https://push.example", "2xx", 0.02)
    metrics.sent("https://push.example", "timeout", 4)

    assert shown(metrics, "luahost_attempt_seconds_sum") == {(): 0.25}
    buckets = shown(metrics, "luahost_request_seconds_bucket")
    assert buckets["0.025", "https://push.example"] == 1
    assert buckets["5.0", "https://push.example"] == 2
    assert shown(metrics, "luahost_requests_total") == {
        ("https://push.example", "2xx"): 1,
        ("https://push.example", "timeout"): 1,
    }
    assert shown(metrics, "luahost_requests_repeated_total") == {(): 3}
    assert shown(metrics, "luahost_requests_refused_total") == {(): 1}


def test_named_events(metrics: Metrics) -> None:
    """
    A script's named events count, and their integer fields are summed up; text, and what Dovecot sends by
    itself, is left out.
    """
    attempt(
        metrics,
        NamedEvent(name="pushed", fields={"unseen": 3, "bytes": 2**60, "url": "http://x", "debt": -1}),
        NamedEvent(name="pushed", fields={"unseen": 4, "yes": True}),
        NamedEvent(name="push_notification_finished", source="driver"),
    )

    assert shown(metrics, "luahost_script_events_total") == {("pushed",): 2}
    assert shown(metrics, "luahost_script_event_field_sum") == {
        ("pushed", "unseen"): 7,
        ("pushed", "bytes"): 2.0**60,
    }
    assert shown(metrics, "luahost_script_event_field_count")["pushed", "unseen"] == 2


def test_names_that_scripts_make_up(metrics: Metrics) -> None:
    """
    Whatever scripts call their events, there are only so many, each a label that can be shown.
    """
    attempt(metrics, NamedEvent(name='a"b\\c\nd\udcff\x1b'), NamedEvent(name="x" * 1000))
    attempt(metrics, *[NamedEvent(name=f"event {number}") for number in range(2 * MOST_EVENTS)])

    events = shown(metrics, "luahost_script_events_total")
    assert len(events) == MOST_EVENTS + 1
    assert events['a"b\\c\\nd\\xff\\x1b',] == 1
    assert events["x" * 100,] == 1
    assert events["other",] == MOST_EVENTS + 2


def test_the_spool(metrics: Metrics) -> None:
    """
    It is asked at each look; one that cannot be asked is not well.
    """
    counts = {**dict.fromkeys(State, 0), State.QUEUED: 5, State.DEAD: 1}
    found: list[SpoolStatus] = [SpoolStatus(counts=counts, oldest=NOW - 7)]

    def status() -> SpoolStatus:
        if not found:
            raise SpoolError("the disk is gone")
        return found.pop()

    metrics.watch_spool(status, lambda status: status.oldest is None)
    page = metrics.page("")[0].decode()

    samples = {sample.name: sample for family in plain(page) for sample in family.samples}
    assert samples["luahost_oldest_seconds"].value == 7
    assert samples["luahost_healthy"].value == 0
    assert 'luahost_transactions{state="queued"} 5.0\n' in page

    assert shown(metrics, "luahost_healthy") == {(): 0}
    assert shown(metrics, "luahost_transactions") == {}


def test_gauges_of_others(metrics: Metrics) -> None:
    """
    Other rooms may have numbers of theirs read at each look.
    """
    metrics.watch("breaker_open", "Whether it is.", lambda: {("https://a",): 1}, "origin")

    assert shown(metrics, "luahost_breaker_open") == {("https://a",): 1}
    assert shown(metrics, "process_resident_memory_bytes")[()] > 1_000_000


def test_workers(metrics: Metrics) -> None:
    """
    The memory of worker processes is looked up; one that is gone has none.
    """
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    metrics.watch_workers(lambda: [os.getpid(), gone.pid])

    assert shown(metrics, "luahost_workers") == {(): 2}
    assert 1_000_000 < shown(metrics, "luahost_workers_resident_bytes")[()] < 10_000_000_000


def test_openmetrics(metrics: Metrics) -> None:
    """
    Who asks for OpenMetrics gets it.
    """
    metrics.answered("/healthz", 200, 1)
    metrics.accepted(2)

    page, content_type = metrics.page(OPENMETRICS)

    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    found = openmetrics(page.decode())  # type: ignore[no-untyped-call]  # prometheus_client leaves it so
    families = {family.name: family for family in found}
    assert families["luahost_accepted"].samples[0].value == 2
    assert families["luahost_intake_requests"].samples[0].labels == {"path": "/healthz", "status": "200"}


def test_what_cannot_be_counted_disturbs_nobody(metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    """
    A fault in counting is logged, and the attempt goes its way.
    """
    attempt(metrics, NamedEvent(name="big", fields={"huge": 10**400}))

    assert "something was not counted: this is a fault of luahost" in caplog.text
