"""
The thread that claims transactions, runs them and settles them with the spool.

Each transaction has a greenlet, which waits while a script does, or its endpoint; what works is the script's
own process. So as many may run at the same time as there is memory for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.errors import LuahostError, fault_words
from luahost.server.cooperation import Crew, Errands, Event, sleep
from luahost.server.log_fields import about
from luahost.server.runner.schedule import Schedule
from luahost.server.runner.settling import Settling
from luahost.server.runner.verdict import WELL, Verdict
from luahost.server.spool import Claim, Spool, State

T = TypeVar("T")

PAUSE_SECONDS = 1.0
"""How long to wait until a spool that failed is asked again."""

FREE_PART = 0.25
"""How many of the places may be free until others are claimed for them at once."""

log = logging.getLogger("luahost.server")


def unheard(claim: Claim, state: State, verdict: Verdict) -> None:
    """
    Nobody counts.
    """


class Runner:
    """
    Runs what is in a spool.

    Args:
        spool: Where transactions are.

        run: Runs one, :meth:`Attempts.run`.

        schedule: When a failed one is tried again.

        running: How many run at the same time.

        settled: Hears what became of each transaction after an attempt, once the spool has it: done, retrying
            or dead; called in the attempt's greenlet.

        errands: Asks the spool, for others in the runner's thread as well; None for its own.

        clock: The time.
    """

    def __init__(
        self,
        spool: Spool,
        run: Callable[[Claim], Verdict],
        schedule: Schedule,
        *,
        running: int,
        settled: Callable[[Claim, State, Verdict], None] = unheard,
        errands: Errands | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._spool = spool
        self._errands = errands or Errands(spool.together)
        self._run = run
        self._schedule = schedule
        self._settled = settled
        self._clock = clock
        self._draining = threading.Event()
        self._places = self._free = running
        self._running = 0
        self._thread = threading.Thread(target=self._work, name="luahost-runner", daemon=True)

    def start(self) -> None:
        """
        Begin.
        """
        self._thread.start()

    @property
    def alive(self) -> bool:
        """
        Whether it goes on.
        """
        return self._thread.is_alive()

    def drain(self, seconds: float) -> int:
        """
        Begin nothing more, and wait until everything that runs is settled, at most so long.

        Returns:
            How many still run.
        """
        self._draining.set()
        self._spool.drain()
        self._thread.join(max(seconds, 0))
        return self._running

    def _work(self) -> None:
        self._settling = Settling(self._spool, self._errands, insist=self._insist, settled=self._settled_well)
        self._changed = Event()
        crew = Crew(self._attend)
        while claims := self._insist(lambda: self._spool.claim(self._free)):
            self._free -= len(claims)
            self._running += len(claims)
            for claim in claims:
                crew.give(claim)
            self._wait_until(lambda: self._free > 0)
        self._wait_until(lambda: not self._running)
        crew.dismiss()
        self._errands.close()

    def _wait_until(self, well: Callable[[], bool]) -> None:
        self._changed.clear()
        while not well():
            self._changed.wait()
            self._changed.clear()

    def _attend(self, claim: Claim) -> None:
        """
        Run a transaction. Of those that went well the spool hears together, and others have their place
        meanwhile.
        """
        verdict = self._verdict(claim)
        if verdict.failure is None:
            if log.isEnabledFor(logging.DEBUG):
                log.debug("%s: done", claim.id, extra=about(claim, state=State.DONE))
            self._settling.done(claim)
        else:
            self._settled(claim, self._told(claim, verdict), verdict)
            self._running -= 1
        self._free += 1
        self._changed.set()
        if self._settling.unsettled == self._running or self._free >= FREE_PART * self._places:
            # Nobody is left who would have something to write, too, or others could run meanwhile.
            self._errands.hurry()

    def _settled_well(self, claim: Claim) -> None:
        self._settled(claim, State.DONE, WELL)
        self._running -= 1
        if not self._running:
            self._changed.set()

    def _verdict(self, claim: Claim) -> Verdict:
        if self._schedule.used_up(claim.attempt):
            return Verdict(failure="it was running each time the server died", cause="died", final=True)
        try:
            return self._run(claim)
        except Exception as fault:  # noqa: BLE001  nobody else would hear of it, and it must not be run for ever
            return Verdict(failure=fault_words(fault), cause="fault", final=True)

    def _told(self, claim: Claim, verdict: Verdict) -> State:
        """
        Tell the spool how it failed.
        """
        if verdict.endpoint is not None:
            return self._hold(claim, verdict)
        failure = verdict.failure or ""
        pause = None
        if not verdict.final:
            pause = self._schedule.pause_seconds(
                claim.attempt, wait_seconds=verdict.wait_seconds, section=verdict.retry
            )
        if pause is None:
            fields = about(claim, state=State.DEAD, cause=verdict.cause, reason=failure)
            log.error("%s: dead after %d attempts: %s", claim.id, claim.attempt, failure, extra=fields)
            self._insist(lambda: self._spool.bury(claim.id, reason=failure))
            return State.DEAD
        fields = about(
            claim,
            state=State.RETRYING,
            cause=verdict.cause,
            reason=failure,
            pause_seconds=round(pause, 3),
        )
        log.warning(
            "%s: attempt %d failed, again in %.1f s: %s",
            claim.id,
            claim.attempt,
            pause,
            failure,
            extra=fields,
        )
        due = self._clock.time() + pause
        self._insist(lambda: self._spool.postpone(claim.id, due=due, reason=failure))
        return State.RETRYING

    def _hold(self, claim: Claim, verdict: Verdict) -> State:
        """
        Have it wait for an endpoint; the attempt does not count.
        """
        reason = verdict.failure or ""
        pause = self._schedule.held_seconds(verdict.wait_seconds)
        fields = about(
            claim,
            state=State.RETRYING,
            cause=verdict.cause,
            reason=reason,
            pause_seconds=round(pause, 3),
        )
        log.info("%s: %s", claim.id, reason, extra=fields)
        due = self._clock.time() + pause
        self._insist(lambda: self._spool.postpone(claim.id, due=due, reason=reason, counts=False))
        return State.RETRYING

    def _insist(self, ask: Callable[[], Future[T]]) -> T | None:
        """
        Ask the spool until it does it, as a full disk may have room again; while draining, once. What is not
        settled is found again when the spool is next opened.
        """
        while True:
            try:
                return self._errands.result(ask)
            except LuahostError as error:
                log.error("the spool failed: %s", error)
                if not error.retryable or self._draining.is_set():
                    return None
                sleep(PAUSE_SECONDS)
