"""
Hears what happens in a server, and shows what it came to.

Nobody waits for it or depends on it: what goes wrong here is logged, and the transaction goes its way.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Concatenate, ParamSpec

from luahost import __version__
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.errors import LuahostError, fault_words
from luahost.server.metrics.instruments import Counters, Gauge, Instruments, Numbers
from luahost.server.metrics.labels import OTHER, Labels
from luahost.server.metrics.resident import resident_bytes
from luahost.server.metrics.series import Count, Spread
from luahost.server.metrics.tally import Kind, Tally
from luahost.server.runner import CAUSES, Attempted, Verdict
from luahost.server.spool import Claim, SpoolStatus, State
from luahost.server.worker.effect_form import Calls

MOST_ORIGINS = 100
MOST_EVENTS = 100
MOST_FIELDS = 200
MOST_FUNCTIONS = 200
"""How many different ones have series of their own; later ones are ``other`` until the server starts anew."""

MOST_CALLS = 100
"""Of how many different sets of calls it is remembered what they are counted by."""

HEALTHY = Gauge("healthy", "Whether /healthz says that all is well.")
TRANSACTIONS = Gauge("transactions", "Transactions in the spool, by state.", ("state",))
OLDEST = Gauge("oldest_seconds", "Age of the oldest unfinished transaction, 0 if there is none.")
WORKERS = Gauge("workers", "Processes in which scripts run.")
WORKER_BYTES = Gauge("workers_resident_bytes", "Resident memory of these processes, shared pages in each.")

P = ParamSpec("P")

log = logging.getLogger("luahost.server")


def _harmless(
    hear: Callable[Concatenate[Metrics, P], None],
) -> Callable[Concatenate[Metrics, P], None]:
    @functools.wraps(hear)
    def heard(self: Metrics, /, *arguments: P.args, **named: P.kwargs) -> None:
        try:
            hear(self, *arguments, **named)
        except Exception as fault:  # noqa: BLE001  counting must not decide what becomes of a transaction
            log.error("something was not counted: %s", fault_words(fault))

    return heard


class Metrics:
    """
    The metrics of a server; threads may share it.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._count = Instruments()
        self._origins = Labels(MOST_ORIGINS)
        self._events = Labels(MOST_EVENTS)
        self._fields = Labels(MOST_FIELDS, parts=2)
        self._functions = Labels(MOST_FUNCTIONS, parts=2)
        self._kinds: Mapping[Kind, tuple[Counters, Labels]] = {
            "errors": (self._count.script_errors, self._functions),
            "events": (self._count.script_events, self._events),
            "limits": (self._count.script_limits, Labels(MOST_EVENTS)),
            "levels": (self._count.log_lines, Labels(MOST_EVENTS)),
        }
        self.watch("info", "The version that runs.", lambda: {(__version__,): 1.0}, "version")
        # What transactions and endpoints need again and again, without looking for it by its labels.
        self._of_requests: dict[tuple[str, str], tuple[Count, Spread]] = {}
        self._calls_seen: dict[int, tuple[Calls, list[tuple[Count, int]]]] = {}
        # Series that are there from the beginning, so that the first of each counts in a rate.
        for state in (State.DONE, State.RETRYING, State.DEAD):
            self._count.attempts[state,]
        for cause in CAUSES:
            self._count.failures[cause,]

    def watch(self, name: str, words: str, read: Callable[[], Numbers], *labels: str) -> None:
        """
        Have a gauge read whenever somebody looks.

        Args:
            name: The metric's, without ``luahost_``.

            words: What it says, a sentence.

            read: Answers the numbers by the labels' values, not too many; called in some thread.

            labels: The names of its labels.
        """
        gauge = Gauge(name, words, labels)
        self._count.watch(lambda: {gauge: read()})

    def watch_spool(self, status: Callable[[], SpoolStatus], well: Callable[[SpoolStatus], bool]) -> None:
        """
        Show how a spool is doing, and whether that is well. If it cannot be asked, that is not well, and the
        rest is not shown.
        """

        def read() -> Mapping[Gauge, Numbers]:
            try:
                found = status()
            except LuahostError as error:
                log.error("the spool cannot be asked how it is: %s", error)
                return {HEALTHY: {(): 0.0}}
            age = 0.0 if found.oldest is None else max(self._clock.time() - found.oldest, 0.0)
            return {
                HEALTHY: {(): float(well(found))},
                TRANSACTIONS: {(state,): count for state, count in found.counts.items()},
                OLDEST: {(): age},
            }

        self._count.watch(read)

    def watch_workers(self, processes: Callable[[], Sequence[int]]) -> None:
        """
        Show how many worker processes there are, and how much memory they have.
        """

        def read() -> Mapping[Gauge, Numbers]:
            found = processes()
            return {WORKERS: {(): len(found)}, WORKER_BYTES: {(): sum(map(resident_bytes, found))}}

        self._count.watch(read)

    def page(self, accept: str) -> tuple[bytes, str]:
        """
        All of it as text; see :meth:`Instruments.page`.
        """
        return self._count.page(accept)

    @_harmless
    def answered(self, path: str, status: int, number: int) -> None:
        """
        Requests to the server were answered.

        Args:
            path: One of the server's paths, or ``other``.

            status: The answers'.

            number: How many.
        """
        self._count.intake_requests[path, str(status)].inc(number)

    @_harmless
    def accepted(self, transactions: int) -> None:
        """
        So many transactions were taken in.
        """
        self._count.accepted[()].inc(transactions)

    @_harmless
    def sent(self, origin: str, outcome: str, seconds: float) -> None:
        """
        A request was sent; see :class:`~luahost.server.metrics.measured.MeasuredNetwork`.
        """
        found = self._of_requests.get((origin, outcome))
        if found is None:
            (label,) = self._origins((origin,))
            found = self._count.requests[label, outcome], self._count.request_seconds[label,]
            if label == origin:
                self._of_requests[origin, outcome] = found
        number, spread = found
        number.inc()
        spread.observe(seconds)

    @_harmless
    def settled(self, claim: Claim, state: State, verdict: Verdict) -> None:
        """
        An attempt is over, and the spool knows what came of it.
        """
        self._count.attempts[state,].inc()
        if verdict.failure is not None:
            self._count.failures[verdict.cause or OTHER,].inc()
        if state is State.DONE:
            self._count.done_seconds[()].observe(max(self._clock.time() - claim.accepted, 0.0))

    @_harmless
    def attempted(self, attempted: Attempted) -> None:
        """
        An attempt is over; count what was done in it.
        """
        self._count.attempt_seconds[()].observe(attempted.seconds)
        if attempted.repeated:
            self._count.requests_repeated[()].inc(attempted.repeated)
        if attempted.calls:
            for number, times in self._of_calls(attempted.calls):
                number.inc(times)
        if not attempted.effects:
            return
        tally = Tally(attempted.effects)
        if tally.refused:
            self._count.requests_refused[()].inc(tally.refused)
        for (kind, key), times in tally.counts.items():
            series, labels = self._kinds[kind]
            series[labels(key)].inc(times)
        for key, value in tally.fields:
            self._count.script_event_field[self._fields(key)].observe(value)

    def _of_calls(self, calls: Calls) -> list[tuple[Count, int]]:
        """
        What calls are counted by, and how often; of the same ones, which most transactions of a script make,
        it is remembered.
        """
        seen = self._calls_seen.get(id(calls))
        if seen is None:
            labels, series = self._functions, self._count.script_calls
            seen = calls, [(series[labels(call)], number) for call, number in calls.items()]
            if len(self._calls_seen) >= MOST_CALLS:
                self._calls_seen.clear()
            self._calls_seen[id(calls)] = seen
        return seen[1]
