"""
The checker finds each kind of violation in logs that are forged, and nothing in logs that are as they should.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from luahost.server.spool import State, Summary
from tests.torture.checker import RULES, violations
from tests.torture.records import Answered, Clocks, Kept, Life, Logs, Outcome, Posted, Seen

ATTEMPTS = 3
EXPIRES = 120.0
KILLED_AT = 50.0


def posted(user: str, number: int, id: str | None = None, **changes: Any) -> Posted:
    """
    A transaction that was accepted, if it has an id.
    """
    outcome = Outcome.UNKNOWN if id is None else Outcome.ACCEPTED
    return Posted(**{"user": user, "number": number, "kind": "one", "outcome": outcome, "id": id, **changes})


def seen(user: str, number: int, id: str, began: float, **changes: Any) -> Seen:
    """
    A request that was answered well after a second.
    """
    step = changes.get("step", 1)
    usual = {
        "life": 1 if began < KILLED_AT else 2,
        "identity": f"{id}-request{number}.{step}",
        "ended": began + 1,
        "answered": Answered.GOOD,
        "step": step,
    }
    return Seen(user=user, number=number, began=began, **{**usual, **changes})


def kept(user: str, number: int, id: str, state: State = State.DONE, **changes: Any) -> Kept:
    """
    A transaction in the spool.
    """
    usual: dict[str, Any] = {
        "attempts": 1,
        "accepted": 0.0,
        "changed": 30.0,
        "due": None,
        "expires": EXPIRES,
        "reason": None,
        "payload_bytes": 99,
    }
    return Kept(number=number, summary=Summary(id=id, user=user, state=state, **{**usual, **changes}))


def logs(**changes: Any) -> Logs:
    """
    A run as it should be: a server was killed at 50 and the next one ended at 100. Ann's second transaction
    ran again because of that, and her third was not answered to its client. Bob's first failed for good, and
    his second expired. Cat's was in a file.
    """
    usual: dict[str, Any] = {
        "posted": (
            posted("ann", 1, "1-a", kind="two"),
            posted("ann", 2, "3-a"),
            posted("ann", 3),
            posted("bob", 1, "2-a", kind="error"),
            posted("bob", 2, "4-a"),
            posted("bob", 3, outcome=Outcome.REFUSED),
            posted("bob", 4, outcome=Outcome.WITHHELD),
            posted("cat", 1, outcome=Outcome.ACCEPTED),
        ),
        "seen": (
            seen("ann", 1, "1-a", 10),
            seen("ann", 1, "1-a", 12, step=2, answered=Answered.BAD),
            seen("ann", 1, "1-a", 14, step=2),
            seen("ann", 2, "3-a", 49.5),
            seen("ann", 2, "3-a", 60),
            seen("ann", 3, "5-b", 62),
            seen("bob", 1, "2-a", 11),
            seen("cat", 1, "6-b", 70),
        ),
        "kept": (
            kept("ann", 1, "1-a"),
            kept("bob", 1, "2-a", State.DEAD, attempts=ATTEMPTS, reason="lua_error"),
            kept("ann", 2, "3-a"),
            kept("bob", 2, "4-a", State.EXPIRED, changed=EXPIRES),
            kept("ann", 3, "5-b"),
            kept("cat", 1, "6-b"),
        ),
        "lives": (
            Life(number=1, killed=True, died=KILLED_AT, exit_code=-9),
            Life(number=2, died=100.0, exit_code=0),
        ),
        "attempts": ATTEMPTS,
        "longest_attempt_seconds": 5.0,
        "clocks": Clocks(epoch=0.0),
        "told": {202: 5, 503: 1},
    }
    return Logs(**{**usual, **changes})


GOOD = logs()


def test_as_it_should_be() -> None:
    """
    Nothing is said of a run that kept every promise.
    """
    assert violations(GOOD) == []


def without(number: int) -> dict[str, Any]:
    """
    One of the spool's transactions is not there.
    """
    return {"kept": (*GOOD.kept[:number], *GOOD.kept[number + 1 :])}


def state(number: int, **changes: Any) -> dict[str, Any]:
    """
    One of the spool's transactions is otherwise.
    """
    changed = replace(GOOD.kept[number], summary=replace(GOOD.kept[number].summary, **changes))
    return {"kept": (*GOOD.kept[:number], changed, *GOOD.kept[number + 1 :])}


def also(*more: Seen) -> dict[str, Any]:
    """
    The endpoint saw more.
    """
    return {"seen": (*GOOD.seen, *more)}


def only(*numbers: int) -> dict[str, Any]:
    """
    The endpoint saw only these.
    """
    return {"seen": tuple(GOOD.seen[number] for number in numbers)}


def second_life(**changes: Any) -> dict[str, Any]:
    """
    The second server was otherwise.
    """
    return {"lives": (GOOD.lives[0], replace(GOOD.lives[1], **changes))}


def brought(*more: Posted) -> dict[str, Any]:
    """
    Clients brought more.
    """
    return {"posted": (*GOOD.posted, *more)}


def first_said(line: str) -> dict[str, Any]:
    """
    The first server said something.
    """
    return {"lives": (replace(GOOD.lives[0], said=[line]), GOOD.lives[1])}


NOT_ON_DISK = "ERROR {}: an answer is not on disk, so only this process has it: the disk is full"

WENT_ON: dict[str, Any] = (
    brought(posted("eve", 1, "6-a"), posted("eve", 2, "7-a"))
    | also(
        seen("eve", 1, "6-a", 45),
        seen("eve", 2, "7-a", 47, answered=Answered.BAD),
        seen("eve", 1, "6-a", 55),
        seen("eve", 2, "7-a", 57),
    )
    | {"kept": (*GOOD.kept, kept("eve", 1, "6-a"), kept("eve", 2, "7-a"))}
)
"""A server was killed during a user's second transaction, and the next one runs both again."""

FORGED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an accepted one is gone": (without(3), {"lost"}),
    "a file was taken and is gone": (without(5) | only(0, 1, 2, 3, 4, 5, 6), {"lost"}),
    "a file was not taken": ({"files": ("1-2-3.json",)}, {"unfinished"}),
    "a file was overtaken": (
        brought(posted("cat", 2, "4-b"))
        | {"kept": (*GOOD.kept, kept("cat", 2, "4-b")), "seen": (*GOOD.seen, seen("cat", 2, "4-b", 65))},
        {"out_of_order"},
    ),
    "an accepted one became another user's": (state(3, user="ann"), {"lost", "invented"}),
    "one was kept twice": ({"kept": (*GOOD.kept, kept("ann", 3, "6-b"))}, {"invented"}),
    "what was refused is there": (
        {"kept": (*GOOD.kept, kept("bob", 3, "6-b", State.EXPIRED, changed=200.0))},
        {"invented"},
    ),
    "half a body was taken": (
        {"kept": (*GOOD.kept, kept("bob", 4, "6-b", State.EXPIRED, changed=200.0))},
        {"invented"},
    ),
    "nobody brought it": ({"kept": (*GOOD.kept, kept("eve", 1, "6-b"))}, {"invented"}),
    "one still waits": (state(2, state=State.RETRYING), {"unfinished"}),
    "one still runs": (state(2, state=State.RUNNING), {"unfinished"}),
    "done without its second request": (only(0, 1, 3, 4, 5, 6), {"against_policy"}),
    "done though it fails each time": (state(1, state=State.DONE), {"against_policy"}),
    "dead too early": (state(1, attempts=ATTEMPTS - 1), {"against_policy"}),
    "dead without a reason": (state(1, reason=None), {"against_policy"}),
    "expired too early": (state(3, changed=EXPIRES - 1), {"against_policy"}),
    "begun after its end": (also(seen("bob", 2, "4-a", EXPIRES + 6)), {"begun_too_late"}),
    "a request of what was refused": (also(seen("bob", 3, "6-a", 20)), {"unknown"}),
    "a request of half a body": (also(seen("bob", 4, "6-a", 20)), {"unknown"}),
    "a request of nobody's": (also(seen("eve", 1, "6-a", 20)), {"unknown"}),
    "a request under another id": (
        {"seen": (*GOOD.seen[:6], seen("bob", 1, "3-a", 11), GOOD.seen[7])},
        {"unknown"},
    ),
    "another id for the same request": (
        {
            "seen": (
                *GOOD.seen[:1],
                seen("ann", 1, "1-a", 12, step=2, identity="1-a-x", answered=Answered.BAD),
                *GOOD.seen[2:],
            )
        },
        {"another_identity"},
    ),
    "repeated in the same life": (also(seen("bob", 1, "2-a", 20)), {"repeated"}),
    "repeated though its user went on before the kill": (WENT_ON, {"repeated", "out_of_order"}),
    "repeated by the server that had the answer": (
        also(seen("bob", 1, "2-a", 20)) | first_said(NOT_ON_DISK.format("2-a")),
        {"repeated"},
    ),
    "repeated after an end in order": (
        {
            "lives": (replace(GOOD.lives[0], killed=False, exit_code=0), GOOD.lives[1]),
        },
        {"repeated"},
    ),
    "two at once": (
        {"seen": (GOOD.seen[0], seen("ann", 1, "1-a", 10.5, step=2, answered=Answered.BAD), *GOOD.seen[2:])},
        {"overlapping"},
    ),
    "two servers at once": (
        {"seen": (*GOOD.seen[:4], replace(GOOD.seen[4], ended=63.0), *GOOD.seen[5:])},
        {"overlapping"},
    ),
    "out of order": (
        {"seen": (*GOOD.seen[:3], seen("ann", 3, "5-b", 40), *GOOD.seen[3:5], *GOOD.seen[6:])},
        {"out_of_order"},
    ),
    "accepted out of order": (
        brought(posted("eve", 1, "7-a"), posted("eve", 2, "6-a"))
        | {
            "kept": (*GOOD.kept, kept("eve", 2, "6-a"), kept("eve", 1, "7-a")),
            "seen": (*GOOD.seen, seen("eve", 2, "6-a", 20), seen("eve", 1, "7-a", 30)),
        },
        {"out_of_order"},
    ),
    "clients are told of faults": ({"told": {202: 5, 500: 1}}, {"odd_answers"}),
    "it did not end in order": (second_life(exit_code=1), {"ended_badly"}),
    "a process is left": (second_life(left_behind=(4711,)), {"ended_badly"}),
    "a Python traceback": (second_life(said=["Traceback (most recent call last):"]), {"ended_badly"}),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_what_should_not_be(forgery: str) -> None:
    """
    Each broken promise is found, by the rules that are there for it and no others.
    """
    changes, rules = FORGED[forgery]

    assert {violation.rule for violation in violations(logs(**changes))} == rules


def test_each_rule_finds_something() -> None:
    """
    There is a forgery for each rule.
    """
    found: set[str] = set().union(*(rules for _, rules in FORGED.values()))

    assert found == {rule.__name__ for rule in RULES}


EXCUSED: dict[str, dict[str, Any]] = {
    "the answer was not on disk when its server ended": {
        "lives": (
            replace(GOOD.lives[0], killed=False, exit_code=0, said=[NOT_ON_DISK.format("3-a")]),
            GOOD.lives[1],
        ),
    },
    "half of the answer came": also(seen("bob", 1, "2-a", 20))
    | first_said("DEBUG 2-a: request 2-a-request1.1 was answered 200, which broke off: timeout"),
    "the server had no more patience": also(seen("bob", 1, "2-a", 20))
    | first_said("DEBUG 2-a: request 2-a-request1.1 had no answer: timeout"),
    "a request that was on its way when its server died": {
        "seen": (*GOOD.seen[:3], *GOOD.seen[4:], seen("ann", 2, "3-a", 60.5, life=1))
    },
    "an attempt that lasted beyond the end": also(seen("bob", 2, "4-a", EXPIRES + 4)),
    "a clock that jumped ahead during the attempt": (
        also(seen("bob", 2, "4-a", 30)) | {"clocks": Clocks(epoch=0.0, jumps=[(29.0, 3600.0), (31.0, 0.0)])}
    ),
}


@pytest.mark.parametrize("excuse", EXCUSED)
def test_what_may_be(excuse: str) -> None:
    """
    What the promises leave room for is no violation.
    """
    assert violations(logs(**EXCUSED[excuse])) == []


def test_a_clock_that_jumped_ahead_long_before() -> None:
    """
    What was begun long after the clock had passed its end is too late.
    """
    jumped = Clocks(epoch=0.0, jumps=[(10.0, 3600.0)])

    found = violations(logs(clocks=jumped, **also(seen("bob", 2, "4-a", 30))))

    assert "begun_too_late" in {violation.rule for violation in found}
