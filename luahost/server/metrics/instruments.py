"""
What is counted and measured: names, labels and buckets. The only import of prometheus_client.

prometheus_client was chosen over a few lines of our own: it is pure Python without dependencies, kept by the
Prometheus project, and writes both text formats, with all that has to be escaped in them. The names here are
stable, and ``docs/operating.md`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from luahost.errors import UsageError

try:
    from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, Summary
    from prometheus_client import disable_created_metrics as without_created
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.metrics_core import GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError:
    raise UsageError("luahost serve needs prometheus-client: pip install 'luahost[serve]'") from None

Instrument = TypeVar("Instrument", Counter, Histogram, Summary)

NAMESPACE = "luahost"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Buckets of attempts and requests."""

LONG_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600)
"""Buckets of a transaction's whole life, which may have retries in it."""


class Series(dict[tuple[str, ...], Instrument], Generic[Instrument]):
    """
    The series of an instrument by their labels, each looked up once; threads may share it.
    """

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self._instrument: Instrument = instrument

    def __missing__(self, labels: tuple[str, ...]) -> Instrument:
        found: Instrument = self._instrument.labels(*labels) if labels else self._instrument
        self[labels] = found
        return found


Counters = Series[Counter]


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
        without_created()  # type: ignore[no-untyped-call]  # prometheus_client leaves it so
        self._registry = CollectorRegistry()
        self._readings: list[Reading] = []
        ProcessCollector(registry=self._registry)
        self._registry.register(_Readings(self._readings))
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
            Summary(
                f"{NAMESPACE}_script_event_field",
                "Integer fields of scripts' named events.",
                ("event", "field"),
                registry=self._registry,
            )
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
        return Series(Counter(f"{NAMESPACE}_{name}", words, labels, registry=self._registry))

    def _histogram(self, name: str, words: str, buckets: Sequence[float], *labels: str) -> Series[Histogram]:
        full = f"{NAMESPACE}_{name}"
        return Series(Histogram(full, words, labels, buckets=buckets, registry=self._registry))


class _Readings(Collector):
    """
    The readings, as prometheus_client asks for them.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        """
        All that they say.
        """
        for reading in self._readings:
            for gauge, numbers in reading().items():
                family = GaugeMetricFamily(f"{NAMESPACE}_{gauge.name}", gauge.words, labels=gauge.labels)
                for labels, number in numbers.items():
                    family.add_metric(labels, number)
                yield family

    def describe(self) -> Iterable[Metric]:
        """
        Nothing beforehand: they are not read before somebody looks.
        """
        return ()
