"""
What is counted and measured: names, labels and buckets. The only import of prometheus_client.

prometheus_client was chosen over a few lines of our own: it is pure Python without dependencies, kept by the
Prometheus project, and writes both text formats, with all that has to be escaped in them. What it writes is
counted in ``series.py``. The names here are stable, and ``docs/operating.md`` lists them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.server.metrics.series import Count, Series, Spread, Sum

try:
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        Metric,
        SummaryMetricFamily,
    )
    from prometheus_client.registry import Collector
except ModuleNotFoundError:
    raise UsageError("luahost serve needs prometheus-client: pip install 'luahost[serve]'") from None

NAMESPACE = "luahost"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Buckets of attempts and requests."""

LONG_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600)
"""Buckets of a transaction's whole life, which may have retries in it."""


Counters = Series[Count]


@dataclass(frozen=True, slots=True)
class Gauge:
    """
    A number that is asked for when somebody looks, and not counted as it happens.

    Attributes:
        name: The metric's, without ``luahost_``.

        words: What it says.

        labels: The names of its labels.
    """

    name: str
    words: str
    labels: tuple[str, ...] = ()


Numbers = Mapping[tuple[str, ...], float]
"""What a gauge shows, by the values of its labels."""

Reading = Callable[[], Mapping[Gauge, Numbers]]
"""Called when somebody looks, in some thread."""


class Instruments:
    """
    All of them, and what is read when somebody looks.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._readings: list[Reading] = []
        self._counters: list[Counters] = []
        self._histograms: list[Series[Spread]] = []
        ProcessCollector(registry=self._registry)
        self._registry.register(_Collected(self._read))
        self._registry.register(_Collected(self._counted))
        self.intake_requests = self._counter(
            "intake_requests", "Requests that were answered, by path and status.", "path", "status"
        )
        self.accepted = self._counter("accepted", "Transactions that were taken in, and are on disk.")
        self.attempts = self._counter(
            "attempts", "Attempts that are over, by what the transaction is then.", "state"
        )
        self.failures = self._counter("failures", "Attempts that failed, by what went wrong.", "cause")
        self.attempt_seconds = self._histogram("attempt_seconds", "How long attempts took.", SECONDS)
        self.done_seconds = self._histogram(
            "done_seconds", "How long it took from a transaction's arrival until it was done.", LONG_SECONDS
        )
        self.requests = self._counter(
            "requests",
            "Requests that were sent, by endpoint and what came of them.",
            "origin",
            "outcome",
        )
        self.request_seconds = self._histogram(
            "request_seconds", "How long requests took that were sent, by endpoint.", SECONDS, "origin"
        )
        self.requests_repeated = self._counter(
            "requests_repeated", "Requests that were answered from the journal, and not sent again."
        )
        self.requests_refused = self._counter("requests_refused", "Requests that the egress policy refused.")
        self.script_calls = self._counter(
            "script_calls", "Calls of scripts' functions.", "driver", "function"
        )
        self.script_errors = self._counter(
            "script_errors",
            "Errors of scripts, by the function that Dovecot had called.",
            "driver",
            "function",
        )
        self.script_limits = self._counter("script_limits", "Limits that scripts have hit.", "limit")
        self.log_lines = self._counter("log_lines", "Messages to Dovecot's log, by level.", "level")
        self.script_events = self._counter("script_events", "Named events of scripts.", "event")
        self.script_event_field = Series(
            f"{NAMESPACE}_script_event_field",
            "Integer fields of scripts' named events.",
            ("event", "field"),
            Sum,
        )

    def watch(self, reading: Reading) -> None:
        """
        Read this, too, whenever somebody looks.
        """
        self._readings.append(reading)

    def page(self, accept: str) -> tuple[bytes, str]:
        """
        All of it as text.

        Args:
            accept: The request's header field ``Accept``: OpenMetrics for those who want it, or else
                Prometheus' text format 0.0.4.

        Returns:
            The page and its content type.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _counter(self, name: str, words: str, *labels: str) -> Counters:
        self._counters.append(Series(f"{NAMESPACE}_{name}", words, labels, Count))
        return self._counters[-1]

    def _histogram(self, name: str, words: str, bounds: Sequence[float], *labels: str) -> Series[Spread]:
        self._histograms.append(Series(f"{NAMESPACE}_{name}", words, labels, partial(Spread, bounds)))
        return self._histograms[-1]

    def _read(self) -> Iterable[Metric]:
        """
        What is read when somebody looks.
        """
        for reading in self._readings:
            for gauge, numbers in reading().items():
                family = GaugeMetricFamily(f"{NAMESPACE}_{gauge.name}", gauge.words, labels=gauge.labels)
                for labels, number in numbers.items():
                    family.add_metric(labels, number)
                yield family

    def _counted(self) -> Iterable[Metric]:
        """
        What was counted as it happened.
        """
        for counters in self._counters:
            counter = CounterMetricFamily(counters.name, counters.words, labels=counters.labels)
            for labels, count in list(counters.items()):
                counter.add_metric(labels, count.value)
            yield counter
        for spreads in self._histograms:
            histogram = HistogramMetricFamily(spreads.name, spreads.words, labels=spreads.labels)
            for labels, spread in list(spreads.items()):
                buckets = [(_written(bound), count) for bound, count in spread.buckets()]
                histogram.add_metric(labels, buckets, spread.total)
            yield histogram
        sums = self.script_event_field
        summary = SummaryMetricFamily(sums.name, sums.words, labels=sums.labels)
        for labels, sum_ in list(sums.items()):
            summary.add_metric(labels, sum_.count, sum_.total)
        yield summary


def _written(bound: float) -> str:
    """
    A bucket's bound as Prometheus has it.
    """
    return "+Inf" if bound == math.inf else str(float(bound))


class _Collected(Collector):
    """
    Metrics, as prometheus_client asks for them.
    """

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        """
        All of them.
        """
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        """
        Nothing beforehand: they are not read before somebody looks.
        """
        return ()
