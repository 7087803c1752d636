"""
What runs, and what takes its place.
"""

from __future__ import annotations

import threading

import pytest

from luahost.server.reload import InForce, Term
from luahost.server.runner import Verdict
from luahost.server.spool import Claim

PATIENCE_SECONDS = 30

CLAIM = Claim(id="1", user="bob", attempt=1, accepted=0.0, payload=b"{}", answers={})


class Turn:
    """
    A term whose transactions run until they are let go.
    """

    def __init__(self, name: str) -> None:
        self.began, self.go, self.closed = threading.Event(), threading.Event(), threading.Event()
        self._name = name
        self.term = Term(run=self._run, start=lambda: None, close=self.closed.set)

    def _run(self, claim: Claim) -> Verdict:
        assert not self.closed.is_set()
        self.began.set()
        assert self.go.wait(PATIENCE_SECONDS)
        assert not self.closed.is_set()
        return Verdict(failure=self._name)


def test_what_runs_ends_where_it_began() -> None:
    """
    A transaction that runs while another term begins ends in its own, which is closed after that.
    """
    old, new = Turn("old"), Turn("new")
    new.go.set()
    in_force = InForce(old.term)
    found: list[str | None] = []
    running = threading.Thread(target=lambda: found.append(in_force.run(CLAIM).failure))
    running.start()
    assert old.began.wait(PATIENCE_SECONDS)

    in_force.change(new.term)

    assert in_force.run(CLAIM).failure == "new"
    assert not old.closed.is_set()
    old.go.set()
    running.join(PATIENCE_SECONDS)
    assert found == ["old"]
    assert old.closed.wait(PATIENCE_SECONDS)
    assert not new.closed.is_set()
    in_force.close()
    assert new.closed.is_set()


def test_the_last_term_ends_with_the_server() -> None:
    """
    What still runs there when the server ends has had its time.
    """
    turn = Turn("one")
    turn.go.set()
    in_force = InForce(turn.term)
    in_force.run(CLAIM)

    in_force.close()

    assert turn.closed.is_set()


def test_terms_of_before_end_with_the_server() -> None:
    """
    One whose transactions have not ended by then is closed with them, and that is waited for.
    """
    began, closed = threading.Event(), threading.Event()

    def run(claim: Claim) -> Verdict:
        began.set()
        assert closed.wait(PATIENCE_SECONDS)
        return Verdict()

    new = Turn("new")
    in_force = InForce(Term(run=run, start=new.term.start, close=closed.set))
    running = threading.Thread(target=in_force.run, args=(CLAIM,))
    running.start()
    assert began.wait(PATIENCE_SECONDS)
    in_force.change(new.term)
    assert not closed.is_set()

    in_force.close()

    assert closed.is_set()
    assert new.closed.is_set()
    running.join(PATIENCE_SECONDS)


def test_a_term_that_does_not_close(caplog: pytest.LogCaptureFixture) -> None:
    """
    The log says so, and what came after it runs on.
    """
    told = threading.Event()

    def close() -> None:
        told.set()
        raise OSError("no")

    turn = Turn("new")
    turn.go.set()
    in_force = InForce(Term(run=turn.term.run, start=turn.term.start, close=close))

    in_force.change(turn.term)

    assert told.wait(PATIENCE_SECONDS)
    assert in_force.run(CLAIM).failure == "new"
    for thread in threading.enumerate():
        if thread.name == "luahost-old-term":
            thread.join(PATIENCE_SECONDS)
    assert "did not end well" in caplog.text
