"""
What every spool promises, whatever is behind it: who claims what and when, and that all is there again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from luahost.errors import SpoolError
from luahost.server.spool import Entry, Spool, State
from luahost.testing import ManualClock
from tests.server.spool.conftest import ClaimOne, OpenSpool, Put, nothing_for, state


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
