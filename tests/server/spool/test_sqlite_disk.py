"""
A spool in a file on a disk that is full, or slow.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.errors import SpoolError
from luahost.server.spool import Entry, SqliteSpool, State, Window
from luahost.testing import ManualClock
from tests.server.full_disk import no_room

ONE = [Entry(user="alice", payload=b"{}")]


def test_a_full_disk(file: Path) -> None:
    """
    What did not fit is refused, what was claimed stays claimed, and all goes on when there is room again.
    """
    with SqliteSpool(file) as spool:
        (first,) = spool.put(ONE).result(10)
        spool.claim().result(10)
        with no_room(file, 100_000):
            big = [Entry(user="bob", payload=b"x" * 500_000)]
            with pytest.raises(SpoolError, match=re.escape(f"{file}: ")):
                spool.put(big).result(10)

        (second,) = spool.put(big).result(10)
        spool.done(first).result(10)
        assert [one.id for one in spool.claim().result(10)] == [second]
        assert {one.id: one.state for one in spool.transactions()} == {
            first: State.DONE,
            second: State.RUNNING,
        }


def test_a_full_disk_under_a_run_of_several(file: Path) -> None:
    """
    Those that run together stay claimed together when something could not be written, and end together.
    """
    clock = ManualClock()
    with SqliteSpool(file, clock=clock) as spool:
        joining = Entry(user="alice", payload=b"", window=Window(key="INBOX", until=clock.time()))
        ids = spool.put([joining] * 3).result(10)
        (claim,) = spool.claim(5).result(10)
        assert len(claim.together) == 2
        with no_room(file, 0):
            with pytest.raises(SpoolError):
                spool.put(ONE).result(10)
            with pytest.raises(SpoolError):
                spool.done(claim.id).result(10)

        (other,) = spool.put([Entry(user="bob", payload=b"")]).result(10)
        assert [one.id for one in spool.claim(5).result(10)] == [other]
        assert spool.status().unfinished == 4
        spool.postpone(claim.id, due=0, reason="503").result(10)
        (again,) = spool.claim(5).result(10)
        assert [again.id, *(one.id for one in again.together)] == ids
        spool.done(again.id).result(10)
        assert spool.status().counts[State.DONE] == 3


def test_a_full_disk_is_told(file: Path) -> None:
    """
    Whoever asks how a spool is doing hears of it, until the spool finds by itself that there is room.
    """
    with SqliteSpool(file) as spool:
        (first,) = spool.put(ONE).result(10)
        assert spool.status().trouble is None
        spool.claim().result(10)
        spool.postpone(first, due=time.time() + 0.5, reason="503").result(10)
        claim = spool.claim()
        with no_room(file, 0):
            with pytest.raises(SpoolError):
                spool.put(ONE).result(10)
            assert (spool.status().trouble or "").startswith(f"{file}: ")

        assert [one.id for one in claim.result(10)] == [first]
        assert spool.status().trouble is None


def test_a_disk_without_any_room(file: Path) -> None:
    """
    An end, a retry and a claim that cannot be written did not happen, and can be asked for again.
    """
    with SqliteSpool(file) as spool:
        first, second, third = spool.put([*ONE, *ONE, Entry(user="bob", payload=b"")]).result(10)
        spool.claim(1).result(10)
        with no_room(file, 0):
            with pytest.raises(SpoolError):
                spool.done(first).result(10)
            with pytest.raises(SpoolError):
                spool.postpone(first, due=0, reason="503").result(10)
            with pytest.raises(SpoolError):
                spool.record_answer(first, "key", b"").result(10)
            with pytest.raises(SpoolError):
                spool.claim().result(10)

        spool.record_answer(first, "key", b"").result(10)
        spool.done(first).result(10)
        assert {one.id for one in spool.claim(5).result(10)} == {second, third}


def test_an_answer_that_had_no_room(file: Path) -> None:
    """
    The next attempt has an answer that could not be written when it came, and so has whoever opens the spool
    later.
    """
    with SqliteSpool(file) as spool:
        [id] = spool.put(ONE).result(10)
        spool.claim().result(10)
        with no_room(file, 0), pytest.raises(SpoolError):
            spool.record_answer(id, "key", b"answer").result(10)

        spool.postpone(id, due=0, reason="503").result(10)
        [again] = spool.claim().result(10)

    assert again.answers == {"key": b"answer"}
    with SqliteSpool(file) as spool:
        assert [one.answers for one in spool.claim().result(10)] == [{"key": b"answer"}]


class SlowEntries(tuple[Entry, ...]):
    """
    Entries that take as long to be written as somebody wants.
    """

    def __new__(cls, entries: list[Entry]) -> SlowEntries:
        made = super().__new__(cls, entries)
        made.begun, made.go_on = threading.Event(), threading.Event()
        return made

    begun: threading.Event
    go_on: threading.Event

    def __iter__(self) -> Iterator[Entry]:
        self.begun.set()
        assert self.go_on.wait(10)
        return super().__iter__()


def test_a_disk_that_takes_very_long(file: Path) -> None:
    """
    Who asks for something meanwhile does not wait for the disk, and has it with the next write; who asks how
    the spool is doing hears of it.
    """
    clock, slow = ManualClock(), SlowEntries(ONE)
    with SqliteSpool(file, clock=clock) as spool:
        writing = threading.Thread(target=spool.put, args=(slow,))
        writing.start()
        assert slow.begun.wait(10)
        other = spool.put(ONE)
        assert not other.done()
        assert spool.status().trouble is None
        clock.advance(60)
        told = spool.status().trouble
        slow.go_on.set()

        assert told == f"{file}: nothing has come back from the disk for 60 seconds"
        assert len(other.result(10)) == 1
        writing.join()
        assert spool.status().trouble is None
        assert [claim.user for claim in spool.claim(2).result(10)] == ["alice"]
