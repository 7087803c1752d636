"""
What an operator can do with every spool, while a server works on it.
"""

from __future__ import annotations

import pytest

from luahost.errors import UsageError
from luahost.server.spool import Entry, Spool, State
from luahost.testing import ManualClock
from tests.server.spool.conftest import ClaimOne, Put


@pytest.fixture
def of_each_state(spool: Spool, put: Put, clock: ManualClock) -> dict[State, str]:
    """
    A transaction of each state, of as many users; their ids.
    """
    ids: dict[State, str] = {}
    for state in (State.RUNNING, State.RETRYING, State.DONE, State.DEAD, State.EXPIRED):
        expires = clock.time() if state is State.EXPIRED else None
        ids[state] = put(state.value, payload=state.value.encode(), expires=expires)
    spool.claim(5).result(10)
    spool.done(ids[State.DONE])
    spool.bury(ids[State.DEAD], reason="boom")
    spool.postpone(ids[State.RETRYING], due=clock.time() + 30, reason="503")
    ids[State.QUEUED] = put("queued")
    return ids


def test_list(spool: Spool, of_each_state: dict[State, str]) -> None:
    """
    Transactions are listed in their order, all of them, those of a state, of a user, or the first few.
    """
    every = spool.transactions()

    assert {one.state: one.id for one in every} == of_each_state
    assert spool.transactions(states=[State.DEAD, State.DONE]) == [
        one for one in every if one.state in (State.DEAD, State.DONE)
    ]
    assert spool.transactions(user="dead") == [one for one in every if one.user == "dead"]
    assert spool.transactions(most=2) == every[:2]
    assert spool.transactions(user="nobody") == []


def test_show(spool: Spool, of_each_state: dict[State, str], clock: ManualClock) -> None:
    """
    One transaction is shown with all that is kept of it; an id that there is not shows nothing.
    """
    id = of_each_state[State.RETRYING]
    details = spool.show(id)

    assert details is not None
    assert details.payload == b"retrying"
    summary = details.summary
    assert (summary.id, summary.user, summary.state) == (id, "retrying", State.RETRYING)
    assert (summary.attempts, summary.reason, summary.payload_bytes) == (1, "503", 8)
    assert (summary.accepted, summary.due) == (clock.time(), clock.time() + 30)
    number = id.partition("-")[0]
    assert [spool.show(other) for other in ("", "x", number, f"{number}-other", "9" * 30)] == [None] * 5


def test_status(spool: Spool, put: Put, clock: ManualClock, claim: ClaimOne) -> None:
    """
    The status counts each state, and says since when the oldest one waits that is not finished.
    """
    assert spool.status().oldest is None
    first = put("alice")
    clock.advance(10)
    put("bob")
    claim()

    status = spool.status()
    assert (status.counts[State.RUNNING], status.counts[State.QUEUED], status.counts[State.DEAD]) == (1, 1, 0)
    assert (status.oldest, status.unfinished) == (1_000_000, 2)
    spool.done(first).result(10)
    assert spool.status().oldest == 1_000_010


def claimed(spool: Spool, ids: set[str]) -> set[int]:
    """
    Claim these, and nothing else; answers which attempts they are. What becomes due together need not come
    together.
    """
    found: dict[str, int] = {}
    while len(found) < len(ids):
        found |= {one.id: one.attempt for one in spool.claim(9).result(10)}
    assert set(found) == ids
    return set(found.values())


@pytest.mark.parametrize("state", State)
def test_retry(spool: Spool, of_each_state: dict[State, str], state: State) -> None:
    """
    What is dead, expired or waits for its retry is run as if for the first time; nothing else is touched.
    """
    id = of_each_state[state]

    [before] = spool.retry(id)

    assert before is not None
    assert before.state is state
    may = state in (State.DEAD, State.EXPIRED, State.RETRYING)
    assert claimed(spool, {of_each_state[State.QUEUED], *([id] if may else [])}) == {1}


def test_retry_keeps_answers_and_place(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    A dead transaction that is retried has its answers, and comes before its user's later ones.
    """
    first, second = put(), put()
    spool.record_answer(claim().id, "key", b"answer")
    spool.bury(first, reason="boom").result(10)

    spool.retry(first)

    again = claim()
    assert (again.id, again.answers) == (first, {"key": b"answer"})
    spool.done(first)
    assert claim().id == second


def test_retry_with_a_new_end(spool: Spool, put: Put, clock: ManualClock) -> None:
    """
    An expired transaction gets a new time, or all the time there is.
    """
    first, second = put("alice", expires=clock.time()), put("bob", expires=clock.time())
    waiting = spool.claim()
    spool.put([]).result(10)
    spool.retry(first, expires=clock.time() + 5)
    spool.retry(second)

    claims = [*waiting.result(10), *spool.claim().result(10)]

    assert {one.id: one.expires for one in claims} == {first: clock.time() + 5, second: None}


@pytest.mark.parametrize("state", State)
def test_replay(spool: Spool, of_each_state: dict[State, str], state: State) -> None:
    """
    Whatever is finished runs once more, as if for the first time; nothing else is touched.
    """
    id = of_each_state[state]
    finished = state in (State.DONE, State.DEAD, State.EXPIRED)

    assert spool.replay([id, "1-none"]) == ({id: id} if finished else {})

    assert claimed(spool, {of_each_state[State.QUEUED], *([id] if finished else [])}) == {1}


def test_replay_forgets_answers(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    What was answered is not answered from the journal again; the order of a user's transactions stays.
    """
    first, second = put(), put()
    spool.record_answer(claim().id, "key", b"answer")
    spool.done(first)
    claim()
    spool.postpone(second, due=0, reason="503").result(10)

    spool.replay([first])

    again = claim()
    assert (again.id, again.answers, again.expires) == (first, {}, None)
    details = spool.show(first)
    assert details is not None
    assert details.summary.reason is None
    spool.done(first)
    assert claim().id == second


@pytest.mark.parametrize("again", ["retry", "replay"])
def test_order_of_what_runs_once_more(spool: Spool, put: Put, claim: ClaimOne, again: str) -> None:
    """
    Many of a user are queued again in their order, though somebody waits for the first that comes.
    """
    ids = [put() for _ in range(60)]
    for _ in ids:
        spool.bury(claim().id, reason="boom").result(10)
    waiting = spool.claim()

    getattr(spool, again)(*ids if again == "retry" else [ids])

    assert [one.id for one in waiting.result(10)] == ids[:1]


def test_replay_under_new_ids(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    With new ids they are others to whoever knew the old ones, which are gone.
    """
    first, second = put("alice", b"a"), put("bob", b"b")
    spool.done(claim().id)
    spool.done(claim().id).result(10)

    now = spool.replay([second, first], new_ids=True)

    assert [*now] == [second, first]
    assert len({first, second, *now.values()}) == 4
    assert {one.id: one.payload for one in spool.claim(2).result(10)} == {now[first]: b"a", now[second]: b"b"}
    assert spool.show(first) is None
    spool.done(*now.values()).result(10)
    assert {one.state for one in spool.transactions()} == {State.DONE}


def test_what_came_to_its_end_in_a_time(spool: Spool, put: Put, clock: ManualClock, claim: ClaimOne) -> None:
    """
    Finished transactions are found by when they came to their end; unfinished ones have not.
    """
    first, second, _ = put("alice"), put("bob"), put("carol")
    spool.done(claim().id).result(10)
    clock.advance(10)
    spool.bury(claim().id, reason="boom").result(10)
    moment = clock.time()

    assert [one.id for one in spool.transactions(since=moment - 10, until=moment)] == [first]
    assert [one.id for one in spool.transactions(since=moment)] == [second]
    assert [one.id for one in spool.transactions(until=moment + 1, states=[State.DONE])] == [first]


@pytest.mark.parametrize("again", ["retry", "replay"])
def test_what_runs_once_more_is_not_old(
    spool: Spool, put: Put, clock: ManualClock, claim: ClaimOne, again: str
) -> None:
    """
    How long the oldest waits is counted from when an operator asked for it.
    """
    id = put()
    spool.bury(claim().id, reason="boom").result(10)
    clock.advance(1000)

    if again == "retry":
        spool.retry(id)
    else:
        spool.replay([id])

    assert spool.status().oldest == clock.time()
    details = spool.show(id)
    assert details is not None
    assert details.summary.accepted == clock.time() - 1000


@pytest.mark.parametrize("state", State)
def test_drop(
    spool: Spool, of_each_state: dict[State, str], put: Put, clock: ManualClock, state: State
) -> None:
    """
    Whatever does not run can be removed, and is run no more.
    """
    id = of_each_state[state]

    [before] = spool.drop(id)

    assert before is not None
    assert before.state is state
    assert (spool.show(id) is None) == (state is not State.RUNNING)
    clock.advance(30)
    waiting = {of_each_state[State.QUEUED], of_each_state[State.RETRYING], put("somebody else")}
    claimed(spool, waiting - {id})


def test_what_is_dropped_holds_nobody_up(spool: Spool, put: Put, claim: ClaimOne, clock: ManualClock) -> None:
    """
    When a transaction that waited for its retry is removed, its user's next one runs.
    """
    first, second = put(), put()
    spool.postpone(claim().id, due=clock.time() + 3600, reason="503").result(10)

    spool.drop(first)

    assert claim().id == second


def test_unknown_ids(spool: Spool) -> None:
    """
    What is not there can be neither retried nor dropped.
    """
    assert spool.retry("1-none") == [None]
    assert spool.drop("none") == [None]


@pytest.mark.parametrize(
    ("act", "changed"),
    [
        ("retry", {State.RETRYING, State.DEAD, State.EXPIRED}),
        ("drop", {State.QUEUED, State.RETRYING, State.DONE, State.DEAD, State.EXPIRED}),
    ],
)
def test_several_at_once(
    spool: Spool, of_each_state: dict[State, str], act: str, changed: set[State]
) -> None:
    """
    Of several each is told how it was, in the order given; those that cannot be changed hinder no others.
    """
    every = {one.id: one for one in spool.transactions()}
    ids = [of_each_state[state] for state in (State.RUNNING, *changed, State.DONE)]

    found = getattr(spool, act)("1-none", *dict.fromkeys(ids))

    assert found == [None, *(every[id] for id in dict.fromkeys(ids))]
    now = {one.id: one for one in spool.transactions()}
    assert {one.state for id, one in every.items() if now.get(id) != one} == changed


def test_many_of_a_user_at_once(spool: Spool, put: Put, claim: ClaimOne) -> None:
    """
    When many of a user's transactions are removed, or retried, the user's others run in their order, as if
    for the first time.
    """
    ids = [put() for _ in range(300)]
    for id in ids[:150]:
        claim()
        spool.bury(id, reason="boom").result(10)

    assert [None if one is None else one.id for one in spool.drop(*ids[1::2])] == ids[1::2]
    assert [None if one is None else one.id for one in spool.retry(*reversed(ids[:150:2]))] == ids[148::-2]

    assert [one.id for one in spool.transactions()] == ids[::2]
    for id in ids[::2]:
        one = claim()
        assert (one.id, one.attempt) == (id, 1)
        spool.done(id)
    assert spool.status().unfinished == 0


@pytest.mark.parametrize("states", [(State.DONE,), (State.DEAD, State.EXPIRED), ()])
def test_purge(
    spool: Spool, of_each_state: dict[State, str], clock: ManualClock, states: tuple[State, ...]
) -> None:
    """
    What has been in the states for long enough is removed with all that hangs on it, and nothing else.
    """
    spool.claim(5).result(10)
    assert spool.purge(before=clock.time(), states=states) == 0

    clock.advance(1)

    assert spool.purge(before=clock.time(), states=states) == len(states)
    left = {one.id for one in spool.transactions()}
    assert left == {id for state, id in of_each_state.items() if state not in states}


def test_purge_leaves_what_is_unfinished(spool: Spool) -> None:
    """
    Only what is finished can be purged.
    """
    with pytest.raises(UsageError, match="running: only what is finished"):
        spool.purge(before=0, states=[State.DONE, State.RUNNING])


def test_purge_of_many(spool: Spool, many: int, clock: ManualClock) -> None:
    """
    Any number can be purged while the server works.
    """
    users = [Entry(user=str(number), payload=b"") for number in range(many)]
    spool.put(users).result(30)
    spool.done(*(one.id for one in spool.claim(many - 1).result(30))).result(30)
    clock.advance(1)

    assert spool.purge(before=clock.time()) == many - 1
    assert len(spool.claim(9).result(10)) == 1
