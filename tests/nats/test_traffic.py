"""
The checker of traffic sees what went wrong.
"""

from __future__ import annotations

import pytest

from tests.nats.runs import Run
from tests.nats.traffic import Log, Put, violations


def good() -> Log:
    """
    What two machines may write down: one transaction ran twice, as its end was not heard.
    """
    return Log(
        puts=[Put(0, "a", "id0", 1.0), Put(1, "b", None, 2.0), Put(2, "a", "id2", 3.0)],
        runs=[
            Run(0, "a", 0, 1.1, 1.2, False),
            Run(0, "a", 1, 2.0, 2.1, True),
            Run(2, "a", 1, 3.1, 3.2, True),
            Run(1, "b", 0, 3.1, 3.2, True),
        ],
        done=frozenset({"id0", "id2", "id1"}),
    )


def test_nothing_went_wrong() -> None:
    """
    A second run after a first that was not settled is allowed, and so is one of a put that was not answered.
    """
    assert list(violations(good())) == []


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (Run(2, "a", 0, 2.05, 3.0, False), "0 and 2 of a ran at the same time, on machines 1 and 0"),
        (Run(2, "a", 0, 1.5, 1.6, False), "0 of a ran after 2"),
    ],
)
def test_a_run_too_many(run: Run, words: str) -> None:
    """
    One beside another of its user, or out of order.
    """
    log = good()
    log.runs.append(run)

    assert words in list(violations(log))


def test_a_lost_one() -> None:
    """
    What was acknowledged has to be done in the end.
    """
    log = good()
    log.done, log.left = frozenset({"id2"}), {"id0": "queued"}
    assert list(violations(log)) == ["0 of a was acknowledged and is queued"]

    log.left = {}
    assert list(violations(log)) == ["0 of a was acknowledged and is gone"]
