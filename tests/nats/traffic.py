"""
Traffic through a spool on NATS while its servers fail, and a checker of what came of it.

One machine puts, several run. Everybody writes down what happened when; the checker reads that, and what is
in the spool in the end: nothing that was acknowledged is lost, none of a user's runs beside another, and they
run in the order in which they were put.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NoResultError
from dataclasses import dataclass, field

from luahost.config.nats_place import NatsPlace
from luahost.errors import LuahostError
from luahost.server.spool import Entry, State
from luahost.server.spool.nats.spool import NatsSpool
from tests.nats.machine import Machine
from tests.nats.runs import ANSWER_SECONDS, LONGEST_RUN_SECONDS, Run, SkewedClock, settled

USERS = 8
BETWEEN_PUTS_SECONDS = 0.01
BETWEEN_LOOKS_SECONDS = 0.02
MORTAL_SKEW = 3600


@dataclass(frozen=True, slots=True)
class Put:
    """
    A transaction that was brought.

    Attributes:
        number: Its number, which is in its payload.

        user: Whose it is.

        id: Its id; None if that was never said, so that it may be kept or not.

        answered: When the answer came, by the monotonic clock.
    """

    number: int
    user: str
    id: str | None
    answered: float


@dataclass(slots=True)
class Log:
    """
    All that happened.
    """

    puts: list[Put] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    done: frozenset[str] = frozenset()
    left: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


class Traffic:
    """
    Traffic from ``start`` to ``finish``.

    Args:
        place: The spool, which is set up.

        skews: For each of the two machines in this process, by how many seconds its clock is ahead.

        url: The same place, if there is to be a third one in a process of its own, which can be killed.
    """

    def __init__(
        self, place: NatsPlace, *, skews: tuple[int, int] = (0, -3600), url: str | None = None
    ) -> None:
        self.log = Log()
        self._url = url
        self._mortal: Machine | None = None
        self._mortals = itertools.count(len(skews))
        self._stopping = threading.Event()
        self._putter = NatsSpool(place, runs=False)
        self._spools = [NatsSpool(place, clock=SkewedClock(skew)) for skew in skews]
        self._putting = threading.Thread(target=self._put, daemon=True)
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._running = [
            threading.Thread(target=self._run, args=(number, spool), daemon=True)
            for number, spool in enumerate(self._spools)
        ]

    def start(self) -> None:
        """
        Begin.
        """
        for thread in (self._putting, self._looking, *self._running):
            thread.start()
        self._start_mortal()

    def kill_machine(self) -> None:
        """
        Kill the one that can be, in the middle of a transaction; another takes its place.
        """
        assert self._mortal is not None
        if not self._mortal.kill():
            self.log.complaints.append("a machine ran nothing until it was killed")
        self._start_mortal()

    def _start_mortal(self) -> None:
        if self._url is not None:
            self._mortal = Machine(next(self._mortals), self._url, MORTAL_SKEW, self.log.runs.append)

    def acknowledged(self) -> int:
        """
        How many puts were answered so far.
        """
        return sum(put.id is not None for put in self.log.puts)

    def settled(self) -> int:
        """
        How many runs were.
        """
        return sum(run.settled for run in self.log.runs)

    def until(self, *, puts: int = 0, runs: int = 0, seconds: float = ANSWER_SECONDS) -> bool:
        """
        Let so many more be answered and settled; whether that came to pass in time.
        """
        wanted_puts, wanted_runs = self.acknowledged() + puts, self.settled() + runs
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.acknowledged() >= wanted_puts and self.settled() >= wanted_runs:
                return True
            self._putting.join(0.02)
        return False

    def finish(self, seconds: float = ANSWER_SECONDS) -> Log:
        """
        Bring no more, let all be run, and say what happened.
        """
        self._stopping.set()
        self._putting.join(seconds)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._unfinished():
            self._putting.join(0)
            self._running[0].join(0.1)
        for spool in self._spools:
            spool.drain()
        for thread in self._running:
            thread.join(seconds)
        if self._mortal is not None:
            self._mortal.end()
        acknowledged = {put.id for put in self.log.puts if put.id is not None}
        end = time.monotonic() + seconds
        while True:
            states = {one.id: one.state for one in self._putter.transactions()}
            self.log.done = frozenset(id for id, state in states.items() if state == State.DONE)
            # The server that is asked may have to catch up.
            if acknowledged <= self.log.done or time.monotonic() > end:
                break
        self.log.left = {id: state.value for id, state in states.items() if state != State.DONE}
        for spool in (*self._spools, self._putter):
            spool.close()
        return self.log

    def _unfinished(self) -> bool:
        try:
            return self._putter.status().unfinished > 0
        except LuahostError:
            return True

    def _put(self) -> None:
        for number in itertools.count():
            user = f"user{number % USERS}"
            id = None
            try:
                (id,) = self._putter.put([Entry(user=user, payload=str(number).encode())]).result(
                    ANSWER_SECONDS
                )
            except LuahostError:
                pass
            except NoResultError:
                self.log.complaints.append(f"put {number} was never answered")
            self.log.puts.append(Put(number, user, id, time.monotonic()))
            if self._stopping.wait(BETWEEN_PUTS_SECONDS):
                return

    def _run(self, machine: int, spool: NatsSpool) -> None:
        dice = random.Random(machine)
        while claims := spool.claim(4).result():
            for claim in claims:
                began = time.monotonic()
                time.sleep(dice.random() * LONGEST_RUN_SECONDS)
                ended = time.monotonic()
                ours = False
                try:
                    ours = settled(spool, claim.id)
                except TimeoutError:
                    self.log.complaints.append(f"done of {claim.id} was never answered")
                number = int(claim.payload)
                self.log.runs.append(Run(number, claim.user, machine, began, ended, ours))

    def _look(self) -> None:
        """
        See that no two machines have the same partition.
        """
        one, other = self._spools[0], self._spools[1]
        while not self._stopping.wait(BETWEEN_LOOKS_SECONDS):
            before = {*one.partitions()}
            both = before & {*other.partitions()}
            # The first one had it all the time, and did not lose it in between.
            for number in both & {*one.partitions()}:
                self.log.complaints.append(f"machines 0 and 1 had partition {number} at the same time")


def violations(log: Log) -> Iterator[str]:
    """
    What went wrong, a sentence each.
    """
    yield from log.complaints
    for put in log.puts:
        if put.id is not None and put.id not in log.done:
            yield f"{put.number} of {put.user} was acknowledged and is {log.left.get(put.id, 'gone')}"
    acknowledged = {put.number for put in log.puts if put.id is not None}
    runs: dict[str, list[Run]] = defaultdict(list)
    for run in log.runs:
        runs[run.user].append(run)
    for user, own in runs.items():
        own.sort(key=lambda run: run.began)
        for one, other in itertools.pairwise(own):
            if other.began < one.ended:
                yield (
                    f"{one.number} and {other.number} of {user} ran at the same time, on machines "
                    f"{one.machine} and {other.machine}"
                )
        # What was not acknowledged may be kept later than what came after it.
        for one, other in itertools.pairwise(run for run in own if run.number in acknowledged):
            if other.number < one.number:
                yield f"{other.number} of {user} ran after {one.number}"
