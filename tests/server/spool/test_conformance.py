"""
What every spool promises, whatever is behind it.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from luahost.clock import NANOSECONDS
from luahost.errors import SpoolError, UsageError
from luahost.server.spool import Claim, Entry, Spool, State, Summary
from luahost.testing import ManualClock
from tests.server.spool.conftest import OpenSpool, SettableClock

Put = Callable[..., str]
ClaimOne = Callable[[], Claim]


def nothing_for(waiting: Future[list[Claim]], spool: Spool) -> bool:
    """
    Whether a claim still waits when all that was asked for before is done.
    """
    spool.put([]).result(10)
    return not waiting.done()


def state(spool: Spool, id: str) -> State:
    """
    A transaction's state.
    """
    details = spool.show(id)
    assert details is not None
    return details.summary.state


def test_what_was_put_is_claimed(spool: Spool, clock: ManualClock) -> None:
    """
    A claim has everything that was put, whatever bytes the user's name and the payload are.
    """
    entry = Entry(user="b\udcff\0b", payload=bytes(range(256)), expires=clock.time() + 60)

    ids = spool.put([entry]).result(10)
    claims = spool.claim(5).result(10)

    assert [(one.id, one.user, one.payload, one.expires) for one in claims] == [
        (ids[0], entry.user, entry.payload, entry.expires)
    ]
    assert (claims[0].attempt, claims[0].accepted, claims[0].answers) == (1, 1_000_000, {})


def test_a_claim_waits_for_something_to_do(spool: Spool, put: Put) -> None:
    """
    Who claims while there is nothing gets the next transaction that comes.
    """
    waiting = spool.claim()
    assert nothing_for(waiting, spool)

    id = put()

    assert [one.id for one in waiting.result(10)] == [id]


def test_one_claim_each(spool: Spool) -> None:
    """
    Of many who wait each gets another transaction.
    """
    waiting = [spool.claim() for _ in range(5)]

    ids = spool.put([Entry(user=f"user{number}", payload=b"") for number in range(5)]).result(10)

    assert sorted(future.result(10)[0].id for future in waiting) == sorted(ids)


def test_a_user_has_one_at_a_time_in_order(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    A user's next transaction waits for the one before it, and nobody else does.
    """
    first, second, other = put("alice"), put("alice"), put("bob")

    claims = spool.claim(10).result(10)
    waiting = spool.claim()

    assert [one.id for one in claims] == [first, other]
    assert nothing_for(waiting, spool)
    spool.done(first).result(10)
    assert [one.id for one in waiting.result(10)] == [second]


def test_users_take_turns(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    A user with many transactions does not keep one with a single one waiting.
    """
    many = [put("alice") for _ in range(3)]
    single = put("bob")

    order = []
    for _ in range(4):
        order.append(claim().id)
        spool.done(order[-1])

    assert order == [many[0], single, many[1], many[2]]


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


def test_drain(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    A drained spool gives out nothing more, and takes what comes and what ends.
    """
    first = put()
    claim()
    waiting = spool.claim()

    spool.drain()

    assert waiting.result(10) == []
    assert spool.claim().result(10) == []
    second = put()
    spool.done(first).result(10)
    assert (state(spool, first), state(spool, second)) == (State.DONE, State.QUEUED)


def test_a_cancelled_claim_takes_nothing(spool: Spool, put: Put) -> None:
    """
    Who gave up waiting gets no transaction.
    """
    assert spool.claim().cancel()
    waiting = spool.claim()

    id = put()

    assert [one.id for one in waiting.result(10)] == [id]


def test_everything_is_there_again(open_spool: OpenSpool, clock: ManualClock) -> None:
    """
    A spool that is opened again has what it had: what waits, what ended, what was claimed, and answers.
    """
    spool = open_spool()
    ids = spool.put([Entry(user=user, payload=user.encode()) for user in "abcd"]).result(10)
    claims = {one.user: one for one in spool.claim(3).result(10)}
    spool.record_answer(claims["a"].id, "key", b"answer")
    spool.done(claims["b"].id)
    spool.postpone(claims["c"].id, due=clock.time() + 30, reason="503")
    spool.close()

    spool = open_spool()

    assert [one.state for one in spool.transactions()] == [
        State.RETRYING,
        State.DONE,
        State.RETRYING,
        State.QUEUED,
    ]
    now = spool.claim(9).result(10)
    assert [(one.id, one.payload, one.attempt) for one in now] == [
        (ids[0], b"a", 2),
        (ids[3], b"d", 1),
    ]
    assert now[0].answers == {"key": b"answer"}
    waiting = spool.claim()
    assert nothing_for(waiting, spool)
    clock.advance(30)
    assert nothing_for(spool.claim(), spool)
    assert [one.id for one in waiting.result(10)] == [ids[2]]


def test_a_closed_spool_refuses(spool: Spool) -> None:
    """
    What is asked of a closed spool fails, and a claim brings nothing.
    """
    spool.close()

    with pytest.raises(SpoolError, match="closed"):
        spool.put([]).result(10)
    assert spool.claim().result(10) == []


def test_threads(open_spool: OpenSpool) -> None:
    """
    With many who put and many who run, everything runs once, each user's in order and one at a time.
    """
    spool = open_spool(real_time=True)
    running: set[str] = set()
    ran: list[str] = []

    def run() -> None:
        while claims := spool.claim(2).result(30):
            for one in claims:
                assert one.user not in running
                running.add(one.user)
                ran.append(one.id)
                spool.put([]).result(30)
                running.remove(one.user)
                spool.done(one.id).result(30)

    def put(user: int) -> list[str]:
        entries = [Entry(user=f"user{user % 5}", payload=b"")]
        return [id for _ in range(20) for id in spool.put(entries).result(30)]

    with ThreadPoolExecutor(16) as threads:
        runners = [threads.submit(run) for _ in range(6)]
        ids = [id for batch in threads.map(put, range(10)) for id in batch]
        while spool.status().unfinished:
            spool.put([]).result(30)
        spool.drain()
        for runner in runners:
            runner.result(30)

    assert sorted(ran) == sorted(ids)
    users = {one.id: one.user for one in spool.transactions()}
    for user in set(users.values()):
        assert [id for id in ran if users[id] == user] == [id for id in users if users[id] == user]
