"""
``luahost dead``: what the server has given up, and nothing else.
"""

from __future__ import annotations

import functools

import pytest

from luahost.server.spool import Entry, Spool, State
from tests.cli.on_spool import OnSpool


@pytest.fixture
def dead(on_spool: OnSpool) -> OnSpool:
    """
    Runs an action that ends with this exit code; answers its lines.
    """
    return functools.partial(on_spool, "dead")


@pytest.fixture
def expired(spool: Spool, ids: dict[State, str]) -> str:
    """
    One more, whose time is over.
    """
    [id] = spool.put([Entry(user="frank", payload=b"{}", expires=1)]).result(10)
    spool.put([Entry(user="grace", payload=b"{}")]).result(10)
    # It is noticed when its turn comes.
    spool.claim(9).result(10)
    return id


def test_list(dead: OnSpool, ids: dict[State, str], expired: str) -> None:
    """
    Those that are dead or expired are listed, and can be looked at; others are queue's.
    """
    assert [line.split()[:2] for line in dead("list")[1:]] == [
        [ids[State.DEAD], "dead"],
        [expired, "expired"],
    ]
    assert [line.split()[0] for line in dead("list", "--state", "expired")] == ["ID", expired]
    assert dead("show", expired)[2] == "state: expired"
    assert dead("show", ids[State.DONE], code=1) == [
        f"luahost: transaction {ids[State.DONE]} is done, and luahost dead is about those that are dead or "
        "expired; see luahost queue show"
    ]


def test_retry(dead: OnSpool, spool: Spool, ids: dict[State, str], expired: str) -> None:
    """
    All of them are retried, or those that are named; one that is retried anyhow is left alone.
    """
    waits = ids[State.RETRYING]
    assert dead("retry", waits, code=1)[0] == "0 retried"
    assert dead("retry", "--user", "frank") == ["1 retried"]
    assert dead("retry", "--all") == ["1 retried"]

    assert dead("list") == []
    details = spool.show(waits)
    assert details is not None
    assert details.summary.state is State.RETRYING


def test_drop_and_purge(dead: OnSpool, spool: Spool, ids: dict[State, str], expired: str) -> None:
    """
    Only what is given up is removed.
    """
    assert dead("purge", "--older", "1h") == ["0 purged"]
    assert dead("drop", expired, ids[State.DONE], code=1)[0] == "1 dropped"
    assert dead("purge") == ["1 purged"]
    assert ids[State.DONE] in {one.id for one in spool.transactions()}


@pytest.mark.parametrize("words", [["retry"], ["drop", "1-x", "--all"]])
def test_wrong_usage(dead: OnSpool, spool: Spool, words: list[str]) -> None:
    """
    Nothing is done without saying to what, nor to all if some are named.
    """
    assert "or choose them with --state, --user or --all" in dead(*words, code=2)[0]
