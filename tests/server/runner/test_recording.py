"""
Keeping endpoints' answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.server.cooperation import Errands, join_all, spawn
from luahost.server.runner import Recording
from luahost.server.spool import Entry, SqliteSpool


def in_a_greenlet(act: Callable[[], None]) -> None:
    """
    Have something done where it may wait, and wait for it.
    """
    join_all([spawn(act)])


def test_answers_come_before_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A transaction that is answered and done in a moment in which others are to be settled already keeps its
    answers; several answers of one moment are all kept.
    """
    with SqliteSpool(tmp_path / "spool.db") as spool:
        spool.put([Entry(user="alice", payload=b"1"), Entry(user="bob", payload=b"2")]).result(10)
        first, other = spool.claim(2).result(10)
        errands = Errands(spool.together)
        recording = Recording(spool, errands)

        def settle() -> None:
            ended = [first.id]
            errands.send(lambda: spool.done(*ended), lambda future: None)
            recording.record(other.id, "1", b"one")
            recording.record(other.id, "2", b"two")
            ended.append(other.id)
            errands.result(spool.done)

        in_a_greenlet(settle)
        errands.close()
        found = spool.show(other.id)

    assert found is not None
    assert found.answers == {"1": b"one", "2": b"two"}
    assert caplog.records == []


def test_an_answer_that_is_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    What the spool does not keep is logged, with the transaction that it belongs to.
    """
    with SqliteSpool(tmp_path / "spool.db") as spool:
        errands = Errands(spool.together)
        recording = Recording(spool, errands)

        def record() -> None:
            recording.record("0-none", "1", b"")
            errands.result(spool.done)

        with caplog.at_level(logging.ERROR, "luahost.server"):
            in_a_greenlet(record)
        errands.close()

    (line,) = caplog.messages
    assert line.startswith("0-none: an answer is not on disk")
