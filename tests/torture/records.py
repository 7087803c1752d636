"""
What the logs of a torture run have: what clients did, what the endpoint saw, how each server lived, and how
the spool stood in the end.

Moments are those of the monotonic clock, which all of them share. The checker knows nothing but this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from luahost.server.spool import Summary


class Outcome(StrEnum):
    """
    What came of bringing a transaction, as its client knows.
    """

    ACCEPTED = "accepted"
    """202, with an id; or it is in a file where the server takes them, with no id to know."""

    REFUSED = "refused"
    """Any other answer."""

    WITHHELD = "withheld"
    """Its body was never sent to the end."""

    UNKNOWN = "unknown"
    """All was sent, and no answer came: the server died, or the client did not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """
    A transaction that a client brought.

    Attributes:
        user: Whose it is.

        number: The how-manieth of this user's, from 1.

        kind: What its script does, a key of ``KINDS``.

        outcome: What the client knows.

        id: Its id, if its client was told.
    """

    user: str
    number: int
    kind: str
    outcome: Outcome
    id: str | None = None


class Answered(StrEnum):
    """
    How the endpoint answered a request.
    """

    GOOD = "good"
    """2xx, written to the end."""

    CUT = "cut"
    """2xx, of which the end was not written."""

    BAD = "bad"
    """Another status, or nothing."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """
    A request that the endpoint read.

    Attributes:
        life: Which server sent it.

        identity: Its ``webhook-id``.

        user: Whose transaction it is from.

        number: See :class:`Posted`.

        step: The how-manieth request of its transaction, from 1.

        began: When it was read.

        ended: When its answer was about to be written; when it began, if its sender did not wait so long.

        answered: How.
    """

    life: int
    identity: str
    user: str
    number: int
    step: int
    began: float
    ended: float = float("inf")
    answered: Answered = Answered.BAD

    @property
    def transaction(self) -> str:
        """
        The id of its transaction.
        """
        return self.identity.rpartition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """
    A transaction as the spool has it in the end.

    Attributes:
        number: See :class:`Posted`, from its payload.

        summary: What the spool says of it.
    """

    number: int
    summary: Summary


@dataclass(slots=True, kw_only=True)
class Life:
    """
    A server, from its start to its end.

    Attributes:
        number: The how-manieth it is, from 1.

        killed: Whether SIGKILL ended it.

        died: When it was gone.

        exit_code: Its exit code, if it ended by itself.

        said: The lines on its standard error.

        left_behind: Processes that outlived it.
    """

    number: int
    killed: bool = False
    died: float = float("inf")
    exit_code: int | None = None
    said: list[str] = field(default_factory=list)
    left_behind: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """
    What a transaction's script does.

    Attributes:
        steps: How many requests it makes.

        doomed: Whether it fails whatever the endpoint says.
    """

    steps: int
    doomed: bool = False


KINDS: Mapping[str, Kind] = {
    "one": Kind(1),
    "two": Kind(2),
    "error": Kind(1, doomed=True),
    "loop": Kind(0, doomed=True),
    "memory": Kind(0, doomed=True),
    "pattern": Kind(0, doomed=True),
}
"""
By the name that ``push.lua`` knows: ``error`` fails after its request; ``pattern`` does not come back from C,
so its process has to be killed.
"""


@dataclass(slots=True, kw_only=True)
class Clocks:
    """
    What the servers' clock showed.

    Attributes:
        jumps: When it was set, and by how many seconds it was ahead of the machine's from then on; in order.

        epoch: The machine's time of day when its monotonic clock showed 0.
    """

    epoch: float
    jumps: list[tuple[float, float]] = field(default_factory=list)

    def least(self, begin: float, end: float) -> float:
        """
        The earliest time of day that it showed between two moments.
        """
        before = [ahead for moment, ahead in self.jumps if moment <= begin]
        shown = [self.epoch + begin + (before[-1] if before else 0.0)]
        shown += [self.epoch + moment + ahead for moment, ahead in self.jumps if begin < moment <= end]
        return min(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """
    All of a run.

    Attributes:
        posted: Of all clients; each user's in order.

        seen: Of the endpoint.

        lives: Of all servers, in order.

        kept: The spool in the end, in the order of its ids.

        attempts: How often the policy lets a transaction be tried.

        longest_attempt_seconds: From a claim to the last request, at most.

        clocks: What the servers took for the time.

        told: How often clients were answered with which status.

        files: Those that the server has not taken.
    """

    posted: Sequence[Posted]
    seen: Sequence[Seen]
    lives: Sequence[Life]
    kept: Sequence[Kept]
    attempts: int
    longest_attempt_seconds: float
    clocks: Clocks
    told: Mapping[int, int]
    files: Sequence[str] = ()
