"""
Whose turn it is: a user's transactions in order and one at a time, users in turn.

Kept in memory by whoever hands out claims, and made anew from what is on disk. Pauses are measured by the
monotonic clock, so a clock that is set back holds nobody up; ends (``expires``) are times of day.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import deque
from operator import attrgetter

from luahost.dataclass import dataclass, field

NEVER = float("inf")

MOST_TOGETHER = 100
"""How many transactions run together at most."""


@dataclass(frozen=True, slots=True)
class Joining:
    """
    What a transaction may be run together with.

    Attributes:
        key: Others with the same.

        accepted: When it came, which must be before the window of the first one ends.

        until: When its own window ends.
    """

    key: str
    accepted: float
    until: float


@dataclass(slots=True)
class Waiting:
    """
    A transaction that waits for its turn, or has it.

    Attributes:
        sequence: Its place among all.

        user: Whose it is.

        due: Not before this moment of the monotonic clock.

        expires: Not begun from this time of day on.

        joining: What it may be run together with; None: nothing.

        run: The sequence of the first of those that it was run together with before; None before its first
            attempt, or if it cannot be.

        followers: Those that have their turn with it.
    """

    sequence: int
    user: str
    due: float = -NEVER
    expires: float = NEVER
    joining: Joining | None = None
    run: int | None = None
    followers: tuple[Waiting, ...] = ()


@dataclass(slots=True)
class _Lane:
    """
    A user's transactions. Most users have one or two, for which a list is smaller than a deque. ``place``
    tells an entry of the lists below that is out of date.
    """

    waiting: list[Waiting] = field(default_factory=list)
    running: Waiting | None = None
    place: int = 0


class Turns:
    """
    All that waits and all that runs.

    Attributes:
        unfinished: How many that are.
    """

    def __init__(self) -> None:
        self.unfinished = 0
        self._lanes: dict[str, _Lane] = {}
        self._ready: deque[tuple[int, str]] = deque()
        self._later: list[tuple[float, int, str]] = []
        self._places = 0

    def add(self, waiting: Waiting, *, now: float, time: float) -> None:
        """
        One more that waits, at the place that its sequence gives it among its user's.

        Args:
            waiting: Which.

            now: The monotonic clock.

            time: The time of day.
        """
        self.unfinished += 1
        lane = self._lanes.get(waiting.user)
        if lane is None:
            lane = self._lanes[waiting.user] = _Lane([waiting])
            self._place(waiting.user, lane, now, time)
        else:
            self._insert(lane, waiting, now, time)

    def running(self, waiting: Waiting) -> None:
        """
        One that runs already, whatever waits.
        """
        lane = self._lanes.setdefault(waiting.user, _Lane())
        lane.running = waiting
        lane.place = 0
        self.unfinished += 1 + len(waiting.followers)

    def take(self, most: int, *, now: float, time: float) -> tuple[list[Waiting], list[Waiting]]:
        """
        Give users their turn, who waited longest first.

        Args:
            most: At most so many.

            now: The monotonic clock.

            time: The time of day.

        Returns:
            Those that may run, and those that have expired, which are forgotten.
        """
        self._wake(now)
        taken: list[Waiting] = []
        expired: list[Waiting] = []
        while len(taken) < most and self._ready:
            place, user = self._ready.popleft()
            lane = self._lanes.get(user)
            if lane is None or lane.place != place:
                continue
            if lane.waiting[0].expires <= time:
                expired += _expired(lane.waiting, time)
            if lane.waiting and lane.waiting[0].due <= now:
                lane.running = _together(lane.waiting, time)
                lane.place = 0
                taken.append(lane.running)
            else:
                self._place(user, lane, now, time)
        self.unfinished -= len(expired)
        return taken, expired

    def finished(self, waiting: Waiting, *, now: float, time: float) -> None:
        """
        One that ran is out of the way.
        """
        lane = self._lanes[waiting.user]
        lane.running = None
        self.unfinished -= 1 + len(waiting.followers)
        self._place(waiting.user, lane, now, time)

    def again(self, waiting: Waiting, *, due: float, now: float, time: float, ran: bool = True) -> None:
        """
        One that ran waits again, with those that ran with it, and its user's others for them.

        Args:
            waiting: Which.

            due: Not before this moment of the monotonic clock.

            now: The monotonic clock.

            time: The time of day.

            ran: Whether it has been begun: from then on it runs with the same others, or with none.
        """
        lane = self._lanes[waiting.user]
        lane.running = None
        for one in (waiting, *waiting.followers):
            run = waiting.sequence if ran and one.joining is not None else one.run
            again = Waiting(one.sequence, one.user, due, one.expires, one.joining, run)
            self._insert(lane, again, now, time)

    def remove(self, sequence: int, user: str, *, now: float, time: float) -> None:
        """
        Forget one that waits, if it does.
        """
        lane = self._lanes.get(user)
        if lane is None:
            return
        row = lane.waiting
        place = bisect_left(row, sequence, key=_sequence)
        if place == len(row) or row[place].sequence != sequence:
            return
        del row[place]
        self.unfinished -= 1
        if place == 0 and lane.running is None:
            self._place(user, lane, now, time)

    def unfinished_of(self, user: str) -> int:
        """
        How many a user has.
        """
        lane = self._lanes.get(user)
        if lane is None:
            return 0
        running = 0 if lane.running is None else 1 + len(lane.running.followers)
        return len(lane.waiting) + running

    def next_moment(self) -> float | None:
        """
        When, by the monotonic clock, somebody may have a turn: minus infinity for now, None if that takes an
        event.
        """
        if self._ready:
            return -NEVER
        return self._later[0][0] if self._later else None

    def _insert(self, lane: _Lane, waiting: Waiting, now: float, time: float) -> None:
        row = lane.waiting
        if not row or row[-1].sequence < waiting.sequence:
            row.append(waiting)
        else:
            insort(row, waiting, key=_sequence)
        if row[0] is waiting and lane.running is None:
            self._place(waiting.user, lane, now, time)

    def _place(self, user: str, lane: _Lane, now: float, time: float) -> None:
        """
        Put a user who runs nothing where the first transaction belongs: ready, later or nowhere.
        """
        if not lane.waiting:
            del self._lanes[user]
            return
        first = lane.waiting[0]
        self._places += 1
        lane.place = self._places
        if first.due <= now:
            self._ready.append((lane.place, user))
            return
        # An end is noticed when it comes, not when the next attempt would have been.
        moment = min(first.due, now + first.expires - time)
        if moment <= now:
            self._ready.append((lane.place, user))
        else:
            heapq.heappush(self._later, (moment, lane.place, user))

    def _wake(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            _, place, user = heapq.heappop(self._later)
            self._ready.append((place, user))


_sequence = attrgetter("sequence")


def _expired(row: list[Waiting], time: float) -> list[Waiting]:
    """
    Take out those at the head of a row whose time is over, and those that can only run with them.
    """
    expired: list[Waiting] = []
    while row:
        first = row[0]
        follows = bool(expired) and first.run is not None and first.run == expired[-1].run
        if not follows and first.expires > time:
            break
        expired.append(row.pop(0))
    return expired


def _together(row: list[Waiting], time: float) -> Waiting:
    """
    Take out the first of a row, and those right behind it that run with it.
    """
    first = row.pop(0)
    if first.joining is not None:
        most = min(len(row), MOST_TOGETHER - 1)
        number = next((place for place in range(most) if not _fits(first, row[place], time)), most)
        first.followers = tuple(row[:number])
        del row[:number]
    return first


def _fits(first: Waiting, other: Waiting, time: float) -> bool:
    """
    Whether another one runs with the first: as before, or if both have not run yet and may.
    """
    if first.run is not None or other.run is not None:
        return first.run == other.run
    one, joining = first.joining, other.joining
    return (
        one is not None
        and joining is not None
        and joining.key == one.key
        and joining.accepted <= one.until
        and other.expires > time
    )
