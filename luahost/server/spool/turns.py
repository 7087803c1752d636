"""
Whose turn it is: a user's transactions in order and one at a time, users in turn.

Kept in memory by whoever hands out claims, and made anew from what is on disk. Pauses are measured by the
monotonic clock, so a clock that is set back holds nobody up; ends (``expires``) are times of day.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

NEVER = float("inf")


@dataclass(slots=True)
class Waiting:
    """
    A transaction that waits for its turn, or has it.

    Attributes:
        sequence: Its place among all.

        user: Whose it is.

        due: Not before this moment of the monotonic clock.

        expires: Not begun from this time of day on.
    """

    sequence: int
    user: str
    due: float = -NEVER
    expires: float = NEVER


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
        lane = self._lanes.get(waiting.user)
        if lane is None:
            lane = self._lanes[waiting.user] = _Lane()
        self.unfinished += 1
        self._insert(lane, waiting, now, time)

    def running(self, waiting: Waiting) -> None:
        """
        One that runs already, whatever waits.
        """
        lane = self._lanes.setdefault(waiting.user, _Lane())
        lane.running = waiting
        lane.place = 0
        self.unfinished += 1

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
            while lane.waiting and lane.waiting[0].expires <= time:
                expired.append(lane.waiting.pop(0))
            if lane.waiting and lane.waiting[0].due <= now:
                lane.running = lane.waiting.pop(0)
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
        self.unfinished -= 1
        self._place(waiting.user, lane, now, time)

    def again(self, waiting: Waiting, *, due: float, now: float, time: float) -> None:
        """
        One that ran waits again, and its user's others for it.
        """
        lane = self._lanes[waiting.user]
        lane.running = None
        self._insert(lane, Waiting(waiting.sequence, waiting.user, due, waiting.expires), now, time)

    def remove(self, sequence: int, user: str, *, now: float, time: float) -> None:
        """
        Forget one that waits, if it does.
        """
        lane = self._lanes.get(user)
        if lane is None:
            return
        kept = [waiting for waiting in lane.waiting if waiting.sequence != sequence]
        gone = len(lane.waiting) - len(kept)
        self.unfinished -= gone
        lane.waiting = kept
        if gone and lane.running is None:
            self._place(user, lane, now, time)

    def unfinished_of(self, user: str) -> int:
        """
        How many a user has.
        """
        lane = self._lanes.get(user)
        return 0 if lane is None else len(lane.waiting) + (lane.running is not None)

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
            row.insert(next(i for i, other in enumerate(row) if other.sequence > waiting.sequence), waiting)
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
