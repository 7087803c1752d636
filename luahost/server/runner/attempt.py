"""
One attempt: a claimed transaction runs in a worker, and here is what it may have of the world: the policy's
way out with the journal on it, METADATA, and the log, which gets what Dovecot would log.

A worker that dies takes others' transactions with it. Those run again at once, each in a process of its
own, so that only the one that kills its process is found guilty of it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost import mail_log
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.effects import Effect, Failure, Log
from luahost.egress import Egress
from luahost.errors import LuahostError
from luahost.exchange import Answer, Request
from luahost.network import Network
from luahost.runtime.limits import Limits, limit_error
from luahost.server.log_fields import about, of_failure
from luahost.server.runner.attempted import Attempted, unheard
from luahost.server.runner.hosting import Hosting
from luahost.server.runner.journal import JournalledNetwork, always_held
from luahost.server.runner.verdict import WELL, Verdict, held_back, judge
from luahost.server.spool import Claim
from luahost.server.worker.effect_form import Calls
from luahost.server.workers import (
    Conversation,
    Setup,
    StoppedError,
    WorkerDiedError,
    Workers,
)
from luahost.server.workers.line import Flight
from luahost.server.workers.worker_process import WorkerProcess
from luahost.store import MetadataStore

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

SPARE_SECONDS = 60.0
"""How much longer than its scripts may take an attempt is waited for, whatever the worker says."""

CLOSE_SECONDS = 5.0
"""How long a worker may take to end its sessions."""

FINAL = frozenset({"input", "fault"})
"""Causes that another attempt does not change."""

log = logging.getLogger("luahost.server")

MOST_HELD = 100_000
"""How many transactions that were held back are remembered."""


class Attempts:
    """
    Runs transactions, any number at the same time, each in a greenlet of one thread. :meth:`close` it when
    none runs any more.

    Args:
        hosting: What runs them.

        new_network: Makes the network of an attempt, which is closed when that is over.

        record: Keeps an answer in the journal: the transaction's id, the answer's key, the answer.

        holds: Says whether a transaction, by its id, is still ours to run.

        processes: In how many workers; None for as many as processors.

        metadata: What keeps METADATA; None if it is gone with the session.

        observe: Hears of each attempt when it is over; called in the attempt's greenlet.

        clock: The time.
    """

    def __init__(
        self,
        hosting: Hosting,
        *,
        new_network: Callable[[], Network],
        record: Callable[[str, str, bytes], None],
        holds: Callable[[str], bool] = always_held,
        processes: int | None = None,
        metadata: MetadataStore | None = None,
        observe: Callable[[Attempted], None] = unheard,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.hosting = hosting
        self.metadata = metadata
        self.new_network = new_network
        self.clock = clock
        self._record = record
        self.holds = holds
        self._observe = observe
        self._order = hosting.order()
        self._held: set[str] = set()
        self._seconds = _longest(self._order.limits)
        # In a container there may be fewer than the machine has.
        processes = processes or len(os.sched_getaffinity(0))
        self._workers = Workers(self._order, processes=processes)

    def run(self, claim: Claim) -> Verdict:
        """
        Run a transaction, and say what came of it.
        """
        begun = self.clock.monotonic()
        door = _AttemptDoor(self, claim, self._record)
        try:
            verdict = self._verdict(claim, door)
        except LuahostError as error:
            verdict = Verdict(failure=str(error), cause="start")
        finally:
            door.close()
        self._remember(claim, verdict)
        if door.repeated:
            words = "%s: %d requests were answered from the journal"
            log.info(words, claim.id, door.repeated, extra=about(claim))
        seconds = self.clock.monotonic() - begun
        self._observe(
            Attempted(
                id=claim.id,
                user=claim.user,
                effects=door.effects,
                calls=door.calls,
                verdict=verdict,
                seconds=seconds,
                repeated=door.repeated,
            )
        )
        return verdict

    def start(self) -> None:
        """
        Start the workers, so that no transaction waits for one.

        Raises:
            LuahostError: One could not be started.
        """
        self._workers.start()

    def close(self) -> None:
        """
        End the sessions, with their scripts' ``script_deinit``, and the workers.
        """

        def end(worker: WorkerProcess) -> None:
            with (
                contextlib.closing(_AttemptDoor(self, None, self._record)) as door,
                contextlib.suppress(WorkerDiedError, StoppedError),
                worker.flight() as flight,
            ):
                Conversation(worker, flight, door).close(CLOSE_SECONDS)

        self._workers.close(end)

    def processes(self) -> list[int]:
        """
        The worker processes that run.
        """
        return self._workers.processes()

    def _verdict(self, claim: Claim, door: _AttemptDoor) -> Verdict:
        try:
            worker = self._workers.of(claim.user)
            with worker.flight() as flight:
                return self._judged(self._ran(worker, flight, claim, door), door)
        except StoppedError as stopped:
            return self._stopped(stopped, door)
        except WorkerDiedError as died:
            how = self._death(died) if died.alone else None
            # If nobody knows of what, they all may have died with who forks them: that proves nothing.
            if how is not None:
                return self._died(claim, how)
        door.begin_anew()
        try:
            with self._workers.exclusive() as (worker, flight):
                found = self._ran(worker, flight, claim, door)
                Conversation(worker, flight, door).close(CLOSE_SECONDS)
                return self._judged(found, door)
        except StoppedError as stopped:
            return self._stopped(stopped, door)
        except WorkerDiedError as died:
            return self._died(claim, self._death(died) or "died")

    def _ran(
        self, worker: WorkerProcess, flight: Flight, claim: Claim, door: _AttemptDoor
    ) -> Mapping[str, Any]:
        return Conversation(worker, flight, door).run(
            claim.payload, fresh=claim.attempt > 1 or claim.id in self._held, seconds=self._seconds
        )

    def _remember(self, claim: Claim, verdict: Verdict) -> None:
        """
        An attempt that was held back does not count, but its session has heard of the transaction.
        """
        if verdict.endpoint is None:
            self._held.discard(claim.id)
            return
        if len(self._held) >= MOST_HELD:
            self._held.clear()
        self._held.add(claim.id)

    def _judged(self, found: Mapping[str, Any], door: _AttemptDoor) -> Verdict:
        if (failure := found.get("failure")) is not None:
            cause = found["cause"]
            return Verdict(failure=str(failure), cause=cause, final=cause in FINAL)
        verdict = self._judged_by_effects(door)
        if verdict.failure is None and not found.get("started", True):
            # Nobody has heard of the transaction, whatever counts as failed.
            return Verdict(failure=f"not started: {_first_error(door.effects)}", cause="start")
        return verdict

    def _stopped(self, stopped: StoppedError, door: _AttemptDoor) -> Verdict:
        """
        A limit has struck where Lua could not be stopped, and nobody knows where it was.
        """
        error = limit_error(stopped.limit, stopped.spent, stopped.allowed)
        failure = Failure(function=None, message=error.message, limit=error.limit)
        text = f"lua: {error.message}"
        door.add(Log(level="error", text=text, prefix="lua: ", source="driver", failure=failure))
        return self._judged_by_effects(door)

    def _judged_by_effects(self, door: _AttemptDoor) -> Verdict:
        if not door.effects:
            return WELL
        journal = door.journal
        verdict = judge(
            door.effects,
            self.hosting.policies,
            now=self.clock.time(),
            timed_out=journal.timed_out if journal else (),
        )
        return held_back(verdict, journal.held if journal else None)

    def _death(self, died: WorkerDiedError) -> str | None:
        """
        What a worker died of, in words; None if nobody knows.
        """
        if died.fault is not None:
            return f"was ended: {died.fault}"
        status = self._workers.death(died.process)
        return f"died of {signal.Signals(-status).name}" if status < 0 else "died" if status else None

    def _died(self, claim: Claim, how: str) -> Verdict:
        """
        The process that ran this transaction and no other is gone.
        """
        words = f"the process that ran it {how}"
        log.error("%s: %s", claim.id, words, extra=about(claim))
        return Verdict(failure=words, cause="crash")


class _AttemptDoor:
    """
    What the sessions of a worker may have of the world while a transaction runs there, or none.

    Attributes:
        effects: What was done for the transaction, but for calls of scripts' functions.

        calls: How many of those there were.

        journal: The journal on its way out; None where there is no transaction, or none of its requests yet.
    """

    def __init__(
        self, attempts: Attempts, claim: Claim | None, record: Callable[[str, str, bytes], None]
    ) -> None:
        self.metadata = attempts.metadata
        self._attempts = attempts
        self._claim = claim
        self._record = record
        self._answers: dict[str, bytes] | None = None
        # Most transactions send nothing.
        self._network: Network | None = None
        self.begin_anew()

    def close(self) -> None:
        """
        Let go of the network.
        """
        if self._network is not None:
            self._network.close()

    def begin_anew(self) -> None:
        """
        The transaction runs once more. What was answered stays answered.
        """
        self.effects: list[Effect] = []
        self.calls: Calls = {}
        self.journal: JournalledNetwork | None = None

    @property
    def repeated(self) -> int:
        """
        How many requests were answered from the journal.
        """
        return 0 if self.journal is None else self.journal.repeated

    def setup(self, user: Mapping[str, Any]) -> Setup:
        """
        See :class:`~luahost.server.workers.Door`.
        """
        return self._attempts.hosting.setup(user)

    def exchange(self, request: Request, setup: Setup, *, outside: bool) -> tuple[Request, Answer]:
        """
        See :class:`~luahost.server.workers.Door`.
        """
        egress = Egress(setup.egress, network=self._way(outside=outside), clock=self._attempts.clock)
        sent = setup.egress.admit(request)
        return sent, egress.perform(sent)

    def _way(self, *, outside: bool) -> Network:
        """
        What carries a request: with the journal on it, if it is the transaction's.
        """
        if self._network is None:
            self._network = self._attempts.new_network()
            self._network.prepare()
        if outside or self._claim is None:
            return self._network
        if self.journal is None:
            if self._answers is None:
                self._answers = dict(self._claim.answers)
            self.journal = JournalledNetwork(
                self._network,
                transaction=self._claim.id,
                answers=self._answers,
                record=functools.partial(self._record, self._claim.id),
                holds=functools.partial(self._attempts.holds, self._claim.id),
            )
        return self.journal

    def count(self, calls: Calls) -> None:
        """
        See :class:`~luahost.server.workers.Door`.
        """
        self.calls = calls

    def hear(self, effect: Effect, setup: Setup, *, outside: bool) -> None:
        """
        See :class:`~luahost.server.workers.Door`.
        """
        claim = None if outside else self._claim
        if claim is not None:
            self.effects.append(effect)
        if isinstance(effect, Log):
            self._log(effect, mail_log.lines(effect, setup.dialect), claim)

    def add(self, effect: Log) -> None:
        """
        Something that the server has to say of the script.
        """
        self.effects.append(effect)
        self._log(effect, [effect.text], self._claim)

    def _log(self, effect: Log, lines: list[str], claim: Claim | None) -> None:
        """
        What Dovecot would log, with the transaction's id in front.
        """
        for line in lines:
            level = LEVELS.get(effect.level, logging.ERROR)
            if claim is None:
                log.log(level, "%s", line)
            else:
                failed = of_failure(effect.failure)
                fields = about(claim, dovecot=line, source=effect.source, driver=effect.driver, **failed)
                log.log(level, "%s: %s", claim.id, line, extra=fields)


def _longest(limits: Limits) -> float | None:
    """
    How long an attempt may take if all of its scripts keep to their limits; None for as long as it takes.
    """
    if limits.transaction_seconds is None or limits.call_seconds is None:
        return None
    return limits.transaction_seconds + 2 * limits.call_seconds + SPARE_SECONDS


def _first_error(effects: Sequence[Effect]) -> str:
    """
    What Dovecot would log as an error first.
    """
    errors = (each.text for each in effects if isinstance(each, Log) and each.level == "error")
    return next(errors, "Dovecot would not start a driver")
