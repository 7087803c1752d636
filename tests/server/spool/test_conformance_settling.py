"""
What every spool promises of what was claimed, or was not claimed in time: how it ends, waits for another
attempt, or comes again.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from luahost.clock import NANOSECONDS
from luahost.errors import UsageError
from luahost.server.spool import Answered, Entry, Spool, State, Summary
from luahost.testing import ManualClock
from tests.server.spool.conftest import ClaimOne, OpenSpool, Put, SettableClock, nothing_for, state


def test_done(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    What was run stays as done, and is claimed no more.
    """
    id = put()

    spool.done(claim().id).result(10)

    assert state(spool, id) is State.DONE
    assert nothing_for(spool.claim(), spool)


def test_many_are_done_together(spool: Spool, put: Put) -> None:
    """
    Several can be said to be done at once: all of them, or none if one is not claimed.
    """
    ids = [put("alice"), put("bob")]
    spool.claim(2).result(10)

    with pytest.raises(UsageError, match="0-none is not claimed"):
        spool.done(*ids, "0-none").result(10)
    assert [state(spool, id) for id in ids] == [State.RUNNING] * 2
    spool.done(*ids).result(10)
    assert [state(spool, id) for id in ids] == [State.DONE] * 2


def test_a_retry_waits_and_its_user_with_it(
    spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock
) -> None:
    """
    A postponed transaction comes when it is due, with its next attempt, and before its user's later ones.
    """
    first, second, other = put("alice"), put("alice"), put("bob")
    spool.postpone(claim().id, due=clock.time() + 30, reason="503").result(10)

    assert claim().id == other
    waiting = spool.claim()
    clock.advance(29)
    assert nothing_for(waiting, spool)
    clock.advance(1)
    spool.put([]).result(10)

    again = waiting.result(10)[0]
    assert (again.id, again.attempt) == (first, 2)
    spool.done(first)
    assert claim().id == second


def test_a_clock_that_is_set_back(spool: Spool, put: Put, claim: ClaimOne, clock: SettableClock) -> None:
    """
    With an earlier time of day retries come after the pause that was asked for, and what waits at once.
    """
    id = put("alice")
    spool.postpone(claim().id, due=clock.time() + 30, reason="503").result(10)
    other = put("bob")
    clock.set_back_ns = 86_400 * NANOSECONDS

    assert claim().id == other
    clock.advance(30)
    assert claim().id == id


def test_a_clock_that_is_set_back_meanwhile(open_spool: OpenSpool, clock: SettableClock) -> None:
    """
    Opened again with an earlier time of day, it has retries wait no longer than was asked for.
    """
    spool = open_spool()
    [id] = spool.put([Entry(user="alice", payload=b"")]).result(10)
    spool.claim().result(10)
    spool.postpone(id, due=clock.time() + 30, reason="503").result(10)
    spool.close()
    clock.set_back_ns = 86_400 * NANOSECONDS

    spool = open_spool()
    clock.advance(30)

    assert [one.id for one in spool.claim().result(10)] == [id]


def test_a_retry_comes_by_itself(open_spool: OpenSpool) -> None:
    """
    A claim that waits is answered when something is due, without anything else happening.
    """
    spool = open_spool(real_time=True)
    spool.put([Entry(user="alice", payload=b"")]).result(10)
    id = spool.claim().result(10)[0].id
    details = spool.show(id)
    assert details is not None

    spool.postpone(id, due=details.summary.accepted + 0.05, reason="503").result(10)

    assert spool.claim().result(10)[0].attempt == 2


def test_dead(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    What failed for good says why, and its user's next transaction runs.
    """
    first, second = put(), put()

    spool.bury(claim().id, reason="push.lua:3: boom").result(10)

    details = spool.show(first)
    assert details is not None
    assert (details.summary.state, details.summary.reason) == (State.DEAD, "push.lua:3: boom")
    assert claim().id == second


def test_what_is_given_back_was_not_tried(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    A transaction that was given back comes again with the same attempt, in its old place.
    """
    first, _second = put(), put()

    spool.give_back(claim().id).result(10)

    assert state(spool, first) is State.QUEUED
    again = claim()
    assert (again.id, again.attempt) == (first, 1)


def test_a_retry_that_is_given_back_is_still_one(
    spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock
) -> None:
    """
    A second attempt that was given back is retrying, and comes again as the second.
    """
    id = put()
    spool.postpone(claim().id, due=clock.time(), reason="503")

    spool.give_back(claim().id).result(10)

    assert state(spool, id) is State.RETRYING
    assert claim().attempt == 2


def test_an_attempt_that_does_not_count(spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock) -> None:
    """
    A transaction that was postponed without counting waits, with its reason, and comes with the same attempt.
    """
    id = put()
    spool.postpone(claim().id, due=clock.time(), reason="503").result(10)

    spool.postpone(claim().id, due=clock.time() + 30, reason="held back", counts=False).result(10)

    waiting = spool.claim()
    assert nothing_for(waiting, spool)
    details = spool.show(id)
    assert details is not None
    assert (details.summary.state, details.summary.attempts) == (State.RETRYING, 1)
    assert details.summary.reason == "held back"
    clock.advance(30)
    spool.put([]).result(10)
    assert waiting.result(10)[0].attempt == 2


@pytest.mark.parametrize("waits_for", ["its turn", "a retry"])
def test_expiry(spool: Spool, put: Put, clock: ManualClock, waits_for: str) -> None:
    """
    What was not begun in its time is expired and not run; its user's next one is, if it may.
    """
    first = put(expires=clock.time() + 60)
    if waits_for == "a retry":
        spool.postpone(spool.claim().result(10)[0].id, due=clock.time() + 3600, reason="503").result(10)
    second = put()
    clock.advance(60)

    claims = spool.claim(5).result(10)

    assert [one.id for one in claims] == [second]
    details = spool.show(first)
    assert details is not None
    assert details.summary.state is State.EXPIRED
    assert details.summary.reason


def test_who_expires_is_told(open_spool: OpenSpool, clock: ManualClock) -> None:
    """
    A transaction whose time is over before its turn comes is told of, with what became of it, once that is
    written.
    """
    told = queue.SimpleQueue[Sequence[Summary]]()
    spool = open_spool(expired=told.put)
    (id,) = spool.put([Entry(user="alice", payload=b"{}", expires=clock.time() + 5)]).result(10)
    spool.claim().result(10)
    spool.postpone(id, due=clock.time() + 4, reason="500").result(10)
    clock.advance(6)
    spool.claim()

    (one,) = told.get(timeout=10)

    assert (one.id, one.state, one.attempts, one.reason) == (id, State.EXPIRED, 1, "500")
    assert [each.state for each in spool.transactions()] == [State.EXPIRED]


def test_answers_come_back_with_the_next_attempt(
    spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock
) -> None:
    """
    What was recorded for a transaction is there at its next attempt, and for no other transaction.
    """
    first, other = put("alice"), put("bob")
    assert [claim().id, claim().id] == [first, other]

    spool.record_answer(first, "POST 1 \udcff", b"old")
    spool.record_answer(first, "POST 1 \udcff", b"\0new").result(10)
    spool.postpone(first, due=clock.time(), reason="503")
    spool.give_back(other).result(10)

    again = {one.id: one.answers for one in spool.claim(2).result(10)}
    assert again == {first: {"POST 1 \udcff": b"\0new"}, other: {}}


def test_answers_of_several_transactions(spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock) -> None:
    """
    Answers that are brought together are kept each for itself; one of nothing claimed is refused.
    """
    first, other = put("alice"), put("bob")
    assert [claim().id, claim().id] == [first, other]

    told = spool.record_each(
        [Answered(first, "1", b"a"), Answered("0-none", "1", b""), Answered(other, "1", b"b")]
    )

    kept, refused, also_kept = told.result(10)
    assert (kept, also_kept) == (None, None)
    assert isinstance(refused, UsageError)
    for id in (first, other):
        spool.give_back(id).result(10)
    again = {one.id: one.answers for one in spool.claim(2).result(10)}
    assert again == {first: {"1": b"a"}, other: {"1": b"b"}}
    assert spool.record_each([]).result(10) == []


def test_only_what_is_claimed_can_be_ended(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    An end or an answer for something that is not claimed, or not any more, is refused.
    """
    id = put()

    refused: list[Future[None]] = [spool.done(id), spool.record_answer(id, "key", b"")]
    claim()
    spool.done(id).result(10)
    refused += [spool.bury(id, reason=""), spool.give_back(id), spool.done("0-none")]

    for future in refused:
        with pytest.raises(UsageError, match="is not claimed"):
            future.result(10)
    assert state(spool, id) is State.DONE
