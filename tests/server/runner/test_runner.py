"""
Claiming, running and settling, with a spool on disk.
"""

from __future__ import annotations

import threading
from pathlib import Path

from luahost.config.retry_section import RetrySection
from luahost.server.runner import Cause, Runner, Schedule, Verdict
from luahost.server.runner.verdict import held_back_by
from luahost.server.spool import Claim, Entry, SqliteSpool, State

PATIENCE_SECONDS = 30


class Work:
    """
    What transactions do: theirs is their payload's word.
    """

    def __init__(self) -> None:
        self.last = threading.Event()
        self.ran: list[bytes] = []
        self.told: list[tuple[bytes, State, Cause | None]] = []

    def run(self, claim: Claim) -> Verdict:
        """
        Run one.
        """
        self.ran.append(claim.payload)
        if claim.payload == b"fault":
            raise ZeroDivisionError("oh")
        if claim.payload == b"held":
            return held_back_by("http://push.example:80", 30)
        if claim.payload == b"last":
            self.last.set()
        return Verdict()

    def settled(self, claim: Claim, state: State, verdict: Verdict) -> None:
        """
        Hear what became of one.
        """
        self.told.append((claim.payload, state, verdict.cause))


def settled(spool: SqliteSpool, work: Work, *, attempts: int = 10) -> list[State]:
    """
    How far the transactions are after the last one ran.
    """
    schedule = Schedule(RetrySection(attempts=attempts))
    runner = Runner(spool, work.run, schedule, running=1, settled=work.settled)
    runner.start()
    assert work.last.wait(PATIENCE_SECONDS)
    assert runner.drain(PATIENCE_SECONDS) == 0
    return [summary.state for summary in spool.transactions()]


def test_a_fault_of_luahost_ends_one_transaction_only(kept: SqliteSpool) -> None:
    """
    What luahost cannot run is dead, says that it is a fault, and the thread goes on with the next one.
    """
    kept.put([Entry(user="bob", payload=b"fault"), Entry(user="bob", payload=b"last")]).result()

    work = Work()
    assert settled(kept, work) == [State.DEAD, State.DONE]
    assert work.told == [(b"fault", State.DEAD, "fault"), (b"last", State.DONE, None)]
    reason = kept.transactions()[0].reason or ""
    assert reason.startswith("this is a fault of luahost, please report it: ZeroDivisionError: oh (")


def test_what_kills_the_server_is_not_run_for_ever(tmp_path: Path) -> None:
    """
    Attempts in which the server died count, and after the last one it is dead without another.
    """
    path = tmp_path / "spool.db"
    with SqliteSpool(path) as spool:
        spool.put([Entry(user="bob", payload=b"fatal"), Entry(user="bob", payload=b"last")]).result()
        assert [claim.payload for claim in spool.claim().result()] == [b"fatal"]
    work = Work()
    with SqliteSpool(path) as spool:
        assert settled(spool, work, attempts=1) == [State.DEAD, State.DONE]

    assert work.ran == [b"last"]


def test_what_is_held_back_was_not_tried(kept: SqliteSpool) -> None:
    """
    A transaction whose endpoint is left alone waits for it, even at its last attempt, which does not count.
    """
    kept.put([Entry(user="bob", payload=b"held"), Entry(user="al", payload=b"last")]).result()
    work = Work()

    assert settled(kept, work, attempts=1) == [State.RETRYING, State.DONE]

    held = kept.transactions()[0]
    assert held.attempts == 0
    assert (held.due or 0) - held.changed >= 29
    assert held.reason == (
        "held back: endpoint http://push.example:80 is down, and is asked again in 30 seconds"
    )
    assert (b"held", State.RETRYING, "held_back") in work.told
