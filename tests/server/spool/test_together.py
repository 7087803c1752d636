"""
Transactions that run together: what every spool promises of them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.errors import UserFullError
from luahost.server.spool import Claim, Entry, Spool, State, Window
from luahost.server.spool.turns import MOST_TOGETHER, NEVER, Joining, Turns, Waiting
from luahost.testing import ManualClock
from tests.server.spool.conftest import OpenSpool

PutJoining = Callable[..., str]

WINDOW_SECONDS = 10


@pytest.fixture
def put_joining(spool: Spool, clock: ManualClock) -> PutJoining:
    """
    Puts a transaction of alice's that waits for others with this key; answers its id.
    """

    def put_one(key: str | None = "INBOX", *, expires: float | None = None, into: Spool = spool) -> str:
        window = None if key is None else Window(key=key, until=clock.time() + WINDOW_SECONDS)
        entry = Entry(user="alice", payload=(key or "").encode(), expires=expires, window=window)
        return into.put([entry]).result(10)[0]

    return put_one


def run_of(claim: Claim) -> list[str]:
    """
    The ids of those that run together.
    """
    return [claim.id, *(other.id for other in claim.together)]


def claimed(spool: Spool) -> list[list[str]]:
    """
    What can be claimed now.
    """
    waiting = spool.claim(9)
    spool.put([]).result(10)
    return [run_of(claim) for claim in waiting.result(10)] if not waiting.cancel() else []


def states(spool: Spool) -> list[State]:
    """
    How far each transaction is.
    """
    return [one.state for one in spool.transactions()]


def test_one_run(spool: Spool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    Those that come within a window run together when it is over, and end together.
    """
    ids = [put_joining()]
    clock.advance(4)
    ids += [put_joining(), put_joining()]
    other = spool.put([Entry(user="bob", payload=b"")]).result(10)

    assert claimed(spool) == [other]
    clock.advance(6)
    claim = spool.claim(9).result(10)[0]

    assert run_of(claim) == ids
    assert [one.attempt for one in (claim, *claim.together)] == [1, 1, 1]
    assert states(spool)[:3] == [State.RUNNING] * 3
    spool.done(claim.id).result(10)
    assert states(spool)[:3] == [State.DONE] * 3
    assert claimed(spool) == []


def test_too_late_for_the_window(spool: Spool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    What comes after the window runs in one of its own, even if the first one had to wait for longer.
    """
    first = put_joining(None)
    assert claimed(spool) == [[first]]
    second = put_joining()
    clock.advance(11)
    third = put_joining()
    clock.advance(11)
    spool.done(first).result(10)

    assert claimed(spool) == [[second]]
    spool.done(second).result(10)
    assert claimed(spool) == [[third]]


@pytest.mark.parametrize("between", ["Sent", None])
def test_nobody_is_passed_over(
    spool: Spool, put_joining: PutJoining, clock: ManualClock, between: str | None
) -> None:
    """
    A transaction of another kind, or one that joins none, has its turn where it came.
    """
    ids = [put_joining(key) for key in ("INBOX", "INBOX", between, "INBOX")]
    clock.advance(10)

    for expected in (ids[:2], ids[2:3], ids[3:]):
        assert claimed(spool) == [expected]
        spool.done(expected[0]).result(10)


@pytest.mark.parametrize("how", ["retried", "given back", "died"])
def test_the_same_again(
    spool: Spool, open_spool: OpenSpool, put_joining: PutJoining, clock: ManualClock, how: str
) -> None:
    """
    At a later attempt the same run together under the same id, with their answers, and no other joins them.
    """
    ids = [put_joining() for _ in range(3)]
    clock.advance(10)
    claim = spool.claim().result(10)[0]
    spool.record_answer(claim.id, "key", b"answer").result(10)
    later = put_joining()
    if how == "retried":
        spool.postpone(claim.id, due=clock.time() + 30, reason="503").result(10)
        assert states(spool)[:3] == [State.RETRYING] * 3
    elif how == "given back":
        spool.give_back(claim.id).result(10)
        assert states(spool)[:3] == [State.QUEUED] * 3
    if how != "given back":
        spool.close()
        spool = open_spool()
    clock.advance(30)

    again = spool.claim(9).result(10)[0]

    assert run_of(again) == ids
    assert again.answers == {"key": b"answer"}
    assert [one.attempt for one in (again, *again.together)] == [1 if how == "given back" else 2] * 3
    spool.bury(again.id, reason="410").result(10)
    assert states(spool) == [State.DEAD] * 3 + [State.QUEUED]
    assert [one.reason for one in spool.transactions()][:3] == ["410"] * 3
    assert claimed(spool) == [[later]]


def test_one_that_ran_alone(spool: Spool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    What has been begun alone stays alone at later attempts.
    """
    first, between, last = (put_joining(key) for key in ("INBOX", "Sent", "INBOX"))
    clock.advance(10)
    assert claimed(spool) == [[first]]
    spool.postpone(first, due=clock.time(), reason="503").result(10)
    spool.drop(between)

    assert claimed(spool) == [[first]]
    spool.done(first).result(10)
    assert claimed(spool) == [[last]]


def test_an_operator_takes_the_first_out(spool: Spool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    Those that ran with a transaction that is dropped go on without it; retried by hand it comes back to them.
    """
    ids = [put_joining() for _ in range(3)]
    clock.advance(10)
    claimed(spool)
    spool.postpone(ids[0], due=clock.time() + 30, reason="503").result(10)

    spool.retry(ids[0])
    assert claimed(spool) == [ids]
    spool.postpone(ids[0], due=clock.time() + 30, reason="503").result(10)
    spool.drop(ids[0])
    clock.advance(30)
    assert claimed(spool) == [ids[1:]]


def test_they_expire_together(spool: Spool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    Those that ran together expire with the first one.
    """
    ids = [put_joining(expires=clock.time() + 60), put_joining(expires=clock.time() + 65)]
    clock.advance(10)
    claimed(spool)
    spool.postpone(ids[0], due=clock.time() + 1000, reason="503").result(10)
    clock.advance(50)

    assert claimed(spool) == []
    assert states(spool) == [State.EXPIRED] * 2


def test_room(spool: Spool, open_spool: OpenSpool, put_joining: PutJoining, clock: ManualClock) -> None:
    """
    All that run together take room until they are done.
    """
    spool.close()
    spool = open_spool(most_unfinished_of_user=2)
    ids = [put_joining(into=spool) for _ in range(2)]
    clock.advance(10)
    claim = spool.claim().result(10)[0]
    assert run_of(claim) == ids
    assert spool.status().unfinished == 2

    with pytest.raises(UserFullError):
        put_joining(into=spool)
    spool.done(claim.id).result(10)
    put_joining(into=spool)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from([None, "a", "a", "b"])),
        st.tuples(st.just("take"), st.none()),
        st.tuples(st.just("done"), st.none()),
        st.tuples(st.just("again"), st.none()),
        st.tuples(st.just("pass"), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=40)
@given(ACTS)
def test_whatever_happens(acts: list[tuple[str, str | None]]) -> None:
    """
    All are run, each in one run only and in order; a run is of one kind, and each attempt is of the same.
    """
    turns, now, last = Turns(), 0.0, 0
    keys: dict[int, str | None] = {}
    begun: dict[int, list[int]] = {}
    running: Waiting | None = None
    done: list[int] = []
    for act, key in [*acts, *[("pass", None), ("take", None), ("done", None)] * (len(acts) + 1)]:
        if act == "put":
            last += 1
            keys[last] = key
            joining = None if key is None else Joining(key, now, now + 3)
            due = -NEVER if key is None else now + 3
            turns.add(Waiting(last, "alice", due, joining=joining), now=now, time=now)
        elif act == "take":
            taken, _ = turns.take(9, now=now, time=now)
            if taken:
                assert running is None
                [running] = taken
                run = [running.sequence, *(one.sequence for one in running.followers)]
                assert begun.setdefault(run[0], run) == run
                assert len({keys[one] for one in run}) == 1
        elif act == "done" and running is not None:
            done += begun[running.sequence]
            turns.finished(running, now=now, time=now)
            running = None
        elif act == "again" and running is not None:
            turns.again(running, due=now + 2, now=now, time=now)
            running = None
        elif act == "pass":
            now += 2
        assert turns.unfinished == last - len(done)
    assert done == list(range(1, last + 1))


def test_not_too_many() -> None:
    """
    However many come, a run has its limit.
    """
    turns = Turns()
    for sequence in range(250):
        turns.add(Waiting(sequence, "alice", joining=Joining("a", 0, 5)), now=0, time=0)

    found = []
    while taken := turns.take(1, now=5, time=5)[0]:
        found.append(1 + len(taken[0].followers))
        turns.finished(taken[0], now=5, time=5)

    assert found == [MOST_TOGETHER, MOST_TOGETHER, 50]
