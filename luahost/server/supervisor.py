"""
The server: spool, runner and intake put together, from the first transaction to the last.

Ending, it takes no more transactions, begins no more, and waits for those that run; what is still not settled
then runs again when the spool is next opened.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config import Configuration
from luahost.config.serve_section import Listen, ServeSection
from luahost.errors import LuahostError
from luahost.network import RealNetwork
from luahost.server.coalescing import coalescing
from luahost.server.cooperation import CooperativeSockets, Errands
from luahost.server.endpoints import Breaker
from luahost.server.intake import Health, Intake, Listener, MostAtOnce, bound, place_of
from luahost.server.loading import Check, Loading, section_of
from luahost.server.metrics import MeasuredNetwork, Metrics
from luahost.server.pickup import Directory, Pickup
from luahost.server.reload import Generation, InForce, Reloader, Reloads
from luahost.server.runner import Runner, Schedule
from luahost.server.spool import Puts, Spool, SpoolStatus
from luahost.server.systemd import Notifier, PassedSocket, Pulse, listening_place
from luahost.store.metadata_sqlite import SqliteMetadata

SWEEP_SECONDS = 60.0
"""How often finished transactions are looked through for those that need not be kept any more."""

PACE_SECONDS = 0.02
"""How long it is at least from one write to the spool to the next for what runs, while others run that will
have something to write, too: what a write costs hardly depends on how much there is in it. So long a user's
next transaction may wait then, and so much more runs again if the server is killed."""

ANSWERS_SECONDS = 5.0
"""How long requests that are being answered may take when the server ends."""

log = logging.getLogger("luahost.server")


class Server:
    """
    A server of one configuration; ``start``, ``wait``, and ``end`` in the end.

    Args:
        configuration: A ``luahost.yaml`` with the section ``serve``.

        spool: Where transactions are kept; the server's alone, and closed by whoever made it.

        passed: The sockets that systemd handed over.

        notifier: Tells systemd how it is doing.

        check: See :class:`~luahost.server.loading.Loading`.

        clock: The time.

    Raises:
        UsageError: The configuration cannot be served: nothing would run, a file is not there, the place to
            listen on is taken.
    """

    def __init__(
        self,
        configuration: Configuration,
        spool: Spool,
        *,
        passed: Sequence[PassedSocket] = (),
        notifier: Notifier | None = None,
        check: Check = lambda path, text, dialect: (),
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._section = section = section_of(configuration)
        self._place, handed_over = listening_place(section.listen, passed)
        self._notifier = notifier or Notifier()
        self._pulse = Pulse(self._notifier, self.lives)
        self._spool = spool
        self._clock = clock
        self._ending = threading.Event()
        # Its put may be called in a signal's handler, whatever that interrupts.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._metrics = metrics = Metrics(clock)
        metrics.watch_spool(spool.status, lambda status: self._word(status) == "ok")
        self._breaker = Breaker(section.breaker, clock)
        metrics.watch("endpoint_open", "An endpoint is left alone.", self._breaker.open_ones, "origin")
        metrics.watch(
            "configuration_rejected",
            "What is on disk was refused, and what was loaded before it is in force.",
            lambda: {(): float(self.reloads.problem is not None)},
        )
        self._wire = MeasuredNetwork(
            RealNetwork(keep=section.running, sockets=CooperativeSockets()), metrics.sent
        )
        errands = Errands(spool.together, pace_seconds=PACE_SECONDS)
        loading = Loading(
            section,
            self._place,
            spool=spool,
            errands=errands,
            metadata=_metadata(section.metadata),
            wire=self._wire,
            breaker=self._breaker,
            metrics=metrics,
            check=check,
            clock=clock,
        )
        first = loading.first(configuration)
        self._in_force = InForce(first.term)
        metrics.watch_workers(self._in_force.processes)
        self._reloader = Reloader(first, prepare=loading.prepared, adopt=self._adopt, notifier=self._notifier)
        self._schedule = Schedule(section.retry, most_attempts=section.most_attempts)
        self._runner = Runner(
            spool,
            self._in_force.run,
            self._schedule,
            running=section.running,
            settled=metrics.settled,
            errands=errands,
            clock=clock,
        )
        puts = coalescing(spool, section.coalesce_seconds, clock)
        most = MostAtOnce(transactions=section.max_queued, of_user=section.max_queued_per_user)
        self._pickup = _pickup(section, puts, most, metrics.accepted, clock, one_by_one=spool.is_shared)
        self._intake = Intake(
            puts,
            tokens=first.tokens,
            max_body_bytes=section.max_body_bytes,
            expire_seconds=section.expire_seconds,
            health=self.health,
            metrics=metrics,
            metrics_tokens=first.metrics_tokens,
            files_first=self._pickup,
            most=most,
            clock=clock,
        )
        listening = handed_over.socket if handed_over else bound(self._place)
        self._place = place_of(listening, self._place)
        try:
            self._listener = Listener(
                self._intake,
                listening,
                tls=section.tls,
                stand_in=self._intake.stand_in(),
                stopped=self.stop,
                handed_over=handed_over is not None,
            )
        except BaseException:
            listening.close()
            raise

    def start(self) -> Listen:
        """
        Take transactions and run them from now on; answers where clients connect to.
        """
        if self._section.running:
            self._runner.start()
        if self._pickup is not None:
            self._pickup.start()
        self._listener.start()
        self._pulse.start()
        self._reloader.start()
        self._notifier.ready(f"takes transactions on {self._place}")
        return self._place

    def stop(self) -> None:
        """
        Have :meth:`wait` return. From any thread, and from a signal's handler.
        """
        self._asked.put(None)

    def reload(self) -> None:
        """
        Load the configuration again, in a thread of its own. From any thread, and from a signal's handler.
        """
        self._reloader.ask()

    @property
    def reloads(self) -> Reloads:
        """
        What came of that so far.
        """
        return self._reloader.reloads

    def _adopt(self, generation: Generation) -> None:
        """
        Serve with this one from now on.
        """
        self._section = section = generation.section
        self._schedule.adopt(section.retry, most_attempts=section.most_attempts)
        self._breaker.adopt(section.breaker)
        self._intake.adopt(
            generation.tokens,
            generation.metrics_tokens,
            max_body_bytes=section.max_body_bytes,
            expire_seconds=section.expire_seconds,
        )
        if self._pickup is not None:
            self._pickup.adopt(max_bytes=section.max_body_bytes, expire_seconds=section.expire_seconds)
        self._listener.renew(generation.certificate)
        self._in_force.change(generation.term)

    def wait(self) -> None:
        """
        Wait for :meth:`stop`, and clear finished transactions away meanwhile.
        """
        while True:
            try:
                return self._asked.get(timeout=SWEEP_SECONDS)
            except queue.Empty:
                self._sweep()

    def _sweep(self) -> None:
        """
        Remove what need not be kept any more.
        """
        try:
            before = self._clock.time() - self._section.keep_seconds
            self._spool.purge(before=before)
            self._spool.forget_keys(before=before)
        except LuahostError as error:
            log.error("finished transactions cannot be removed: %s", error)

    def end(self) -> int:
        """
        Take no more, finish what runs within the section's ``drain_seconds``, and end.

        Returns:
            How many transactions still run; they will run again.
        """
        self._ending.set()
        self._reloader.stop(ANSWERS_SECONDS)
        self._notifier.stopping("finishes what runs")
        self._intake.close()
        if self._pickup is not None:
            self._pickup.stop(ANSWERS_SECONDS)
        self._listener.stop(ANSWERS_SECONDS)
        left = self._runner.drain(self._section.drain_seconds) if self._section.running else 0
        self._in_force.close()
        self._wire.close()
        self._pulse.stop()
        return left

    def health(self) -> Health:
        """
        How it is doing.

        Raises:
            LuahostError: The spool cannot be asked.
        """
        status = self._spool.status()
        problem = self.reloads.problem
        oldest = self._age(status)
        word = self._word(status)
        detail = {} if status.trouble is None else {"detail": f"nothing can be taken: {status.trouble}"}
        return Health(
            well=word == "ok",
            told={
                "status": word,
                **detail,
                "counts": {str(state): count for state, count in status.counts.items()},
                "oldest_seconds": None if oldest is None else round(oldest, 3),
                "configuration": "ok" if problem is None else f"rejected: {problem}",
                "endpoints": [each.told() for each in self._breaker.endpoints()],
            },
        )

    def lives(self) -> bool:
        """
        Whether its own parts work, whatever endpoints and disks do.
        """
        with contextlib.suppress(LuahostError):
            # What it says does not matter, as a new start would not find another disk; that it answers does.
            self._spool.status()
        return self._ending.is_set() or bool(self._runner.alive)

    def _age(self, status: SpoolStatus) -> float | None:
        """
        How old the oldest unfinished transaction is, in seconds.
        """
        return None if status.oldest is None else max(self._clock.time() - status.oldest, 0.0)

    def _word(self, status: SpoolStatus) -> str:
        if self._ending.is_set():
            return "ending"
        silent = bool(self._section.running) and not self._runner.alive
        if status.trouble is not None or silent:
            return "broken"
        age = self._age(status)
        return "stale" if age is not None and age > self._section.stale_seconds else "ok"


def _pickup(
    section: ServeSection,
    spool: Puts,
    most: MostAtOnce,
    accepted: Callable[[int], None],
    clock: Clock,
    *,
    one_by_one: bool,
) -> Pickup | None:
    """
    What takes files, None if none are taken.

    Raises:
        UsageError: Their directory is not there, or not for us.
    """
    if section.pickup is None:
        return None
    directory = Directory(section.pickup, max_bytes=section.max_body_bytes)
    return Pickup(
        directory,
        spool,
        expire_seconds=section.expire_seconds,
        most=most,
        accepted=accepted,
        one_by_one=one_by_one,
        clock=clock,
    )


def _metadata(file: str | None) -> SqliteMetadata | None:
    """
    What keeps METADATA, None if nothing does.

    Raises:
        InputError: It cannot be used.
    """
    if file is None:
        return None
    metadata = SqliteMetadata(file)
    metadata.check()
    return metadata
