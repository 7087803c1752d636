"""
The circuit breaker: an endpoint that fails again and again is left alone for a while, and then tried with one
request before it gets more.

An endpoint is an origin (RFC 6454: scheme, host and port). Closed, all requests are sent. After so many
failures in a row it is open: none is sent. After a while it is half open: one request probes, and its outcome
closes or opens. Only endpoints with a failure are remembered.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from luahost.clock import Clock
from luahost.config.retry_section import BreakerSection
from luahost.dataclass import dataclass
from luahost.errors import HeldBackError

MOST_ENDPOINTS = 10_000
"""How many endpoints with failures are remembered: a script may ask a new one each time."""

MOST_SHOWN = 100
"""How many of those that are left alone metrics show."""

PROBING_SECONDS = 5.0
"""When those may come again that had to wait for a probe."""

PROBE_PATIENCE_SECONDS = 600.0
"""After how long another probe is let through if nobody says how the first went."""

LONGEST_WAIT_SECONDS = 3600.0
"""Of what an endpoint may ask for with ``Retry-After``: nobody is to lock it out for good."""

log = logging.getLogger("luahost.server")

LONGEST_REASON = 200
"""Of what an endpoint says that fails, in characters."""

BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """
    How an endpoint is that has failed.

    Attributes:
        origin: Which: ``https://push.example``.

        state: Whether requests are sent there (``closed``), none (``open``), or one (``half_open``).

        failures: How many failed in a row.

        wait_seconds: How long it is until one is sent, 0 if that may be now.

        reason: Why the last one failed: ``refused: Connection refused``, ``500 Internal Server Error``.
    """

    origin: str
    state: BreakerState
    failures: int
    wait_seconds: float
    reason: str

    def told(self) -> dict[str, Any]:
        """
        It as JSON, for ``/healthz``.
        """
        return {
            "endpoint": self.origin,
            "state": self.state,
            "failures": self.failures,
            "wait_seconds": round(self.wait_seconds, 3),
            "reason": self.reason,
        }


@dataclass(slots=True)
class _Trouble:
    """
    What is remembered of an endpoint; moments are the monotonic clock's.
    """

    failures: int = 0
    reason: str = ""
    open_until: float | None = None
    probing_until: float | None = None


class Breaker:
    """
    The endpoints of a server; threads share it.

    Args:
        section: How many failures are too many, and for how long it opens; None: nothing is left alone.

        clock: The time.
    """

    def __init__(self, section: BreakerSection | None, clock: Clock) -> None:
        self._section = section
        self._clock = clock
        self._lock = threading.Lock()
        self._troubled: dict[str, _Trouble] = {}

    def adopt(self, section: BreakerSection | None) -> None:
        """
        From now on this is what counts; what is known of endpoints stays.
        """
        with self._lock:
            self._section = section
            if section is None:
                self._troubled.clear()

    def admit(self, origin: str) -> bool:
        """
        A request is about to be sent; what came of it must be told to :meth:`succeeded`, :meth:`failed` or
        :meth:`released`.

        Returns:
            Whether it is a probe.

        Raises:
            HeldBackError: It must not be.
        """
        with self._lock:
            trouble = self._troubled.get(origin)
            if trouble is None or trouble.open_until is None:
                return False
            wait_seconds = self._wait_seconds(trouble)
            if wait_seconds > 0:
                raise HeldBackError(origin, wait_seconds)
            trouble.probing_until = self._clock.monotonic() + PROBE_PATIENCE_SECONDS
            return True

    def wait_seconds(self, origin: str) -> float:
        """
        How long it is until a request may be sent there; 0 if that is now.
        """
        with self._lock:
            trouble = self._troubled.get(origin)
            return 0.0 if trouble is None else self._wait_seconds(trouble)

    def succeeded(self, origin: str) -> None:
        """
        The endpoint answered, and well enough.
        """
        if origin not in self._troubled:
            return
        with self._lock:
            trouble = self._troubled.pop(origin, None)
        if trouble is not None and trouble.open_until is not None:
            log.info("endpoint %s is back", origin)

    def failed(
        self, origin: str, why: str, *, probe: bool = False, wait_seconds: float | None = None
    ) -> None:
        """
        The endpoint did not answer, or said that it cannot.

        Args:
            origin: Which.

            why: What was wrong, for people.

            probe: Whether the request was a probe.

            wait_seconds: How long it wants to be left alone, if it said so: at least so long it is once it
                has failed too often. Before that only the transaction that it said so to waits: a limit may
                be that of one user ("this specification does not define how the origin server identifies
                the user, nor how it counts requests", RFC 6585, section 4).
        """
        with self._lock:
            if self._section is None:
                return
            trouble = self._remembered(origin)
            trouble.failures += 1
            trouble.reason = why[:LONGEST_REASON]
            now = self._clock.monotonic()
            seconds = min(wait_seconds or 0.0, LONGEST_WAIT_SECONDS)
            if probe or (trouble.open_until is None and trouble.failures >= self._section.failures):
                seconds = max(seconds, self._section.open_seconds)
            elif trouble.open_until is None or not seconds:
                # Not too many yet; or one that was under way when it opened, of which only a probe has a say,
                # and the endpoint itself.
                return
            trouble.open_until = max(trouble.open_until or now, now + seconds)
            if probe:
                trouble.probing_until = None
        log.warning("endpoint %s is left alone for %.0f seconds: %s", origin, seconds, why)

    def released(self, origin: str) -> None:
        """
        A probe was not sent after all, or says nothing of the endpoint: another may be.
        """
        with self._lock:
            trouble = self._troubled.get(origin)
            if trouble is not None:
                trouble.probing_until = None

    def endpoints(self) -> Sequence[EndpointState]:
        """
        Those that have failed and have not succeeded since, by name.
        """
        with self._lock:
            return [
                EndpointState(
                    origin=origin,
                    state=self._state(trouble),
                    failures=trouble.failures,
                    wait_seconds=self._wait_seconds(trouble),
                    reason=trouble.reason,
                )
                for origin, trouble in sorted(self._troubled.items())
            ]

    def open_ones(self) -> Mapping[tuple[str, ...], float]:
        """
        1 for each of the first hundred endpoints that are left alone or probed, by its origin, for metrics.
        """
        troubled = [each.origin for each in self.endpoints() if each.state != "closed"]
        return {(origin,): 1.0 for origin in troubled[:MOST_SHOWN]}

    def _state(self, trouble: _Trouble) -> BreakerState:
        if trouble.open_until is None:
            return "closed"
        return "open" if trouble.open_until > self._clock.monotonic() else "half_open"

    def _wait_seconds(self, trouble: _Trouble) -> float:
        if trouble.open_until is None:
            return 0.0
        now = self._clock.monotonic()
        if trouble.open_until > now:
            return trouble.open_until - now
        probing = trouble.probing_until is not None and trouble.probing_until > now
        return PROBING_SECONDS if probing else 0.0

    def _remembered(self, origin: str) -> _Trouble:
        trouble = self._troubled.get(origin)
        if trouble is None:
            if len(self._troubled) >= MOST_ENDPOINTS:
                # The one that has been troubled for longest.
                del self._troubled[next(iter(self._troubled))]
            trouble = self._troubled[origin] = _Trouble()
        return trouble
