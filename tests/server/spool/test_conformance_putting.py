"""
What every spool promises of what is put: how much of it, batches that come again, and ids.
"""

from __future__ import annotations

import pytest

from luahost.errors import KeyReusedError, SpoolFullError, UserFullError
from luahost.server.spool import Entry, PutKey, Spool
from luahost.testing import ManualClock
from tests.server.spool.conftest import OpenSpool


def test_ids_are_fit_for_urls_and_files(spool: Spool) -> None:
    """
    Ids are different and of letters, digits and hyphens.
    """
    ids = spool.put([Entry(user="alice", payload=b"")] * 50).result(10)

    assert len(set(ids)) == 50
    assert all(id.isascii() and id.replace("-", "").isalnum() for id in ids)


def test_too_many(open_spool: OpenSpool) -> None:
    """
    A full spool takes none of a batch that would be too much, and takes others once there is room.
    """
    spool = open_spool(most_unfinished=2)
    one = [Entry(user="alice", payload=b"")]
    spool.put(one).result(10)

    with pytest.raises(SpoolFullError):
        spool.put(one * 2).result(10)
    spool.put(one).result(10)
    with pytest.raises(SpoolFullError):
        spool.put(one).result(10)
    spool.done(spool.claim().result(10)[0].id)

    spool.put(one).result(10)
    assert spool.status().unfinished == 2


def test_too_many_of_one_user(open_spool: OpenSpool) -> None:
    """
    A user who has as many as one may have gets no more, which nobody else notices; running ones count.
    """
    spool = open_spool(most_unfinished_of_user=2)
    alice, bob = Entry(user="alice", payload=b""), Entry(user="bob", payload=b"")
    spool.put([alice]).result(10)
    spool.claim().result(10)

    with pytest.raises(UserFullError):
        spool.put([alice, bob, alice]).result(10)
    spool.put([alice, bob, bob]).result(10)
    with pytest.raises(UserFullError):
        spool.put([alice]).result(10)

    assert [one.user for one in spool.transactions()] == ["alice", "alice", "bob", "bob"]


def test_a_batch_that_comes_again(open_spool: OpenSpool) -> None:
    """
    With the same key it is kept once and has the same ids: at once, later, when it was dropped, when the
    spool is full and when it was opened again.
    """
    spool = open_spool(most_unfinished=2)
    batch = [Entry(user=user, payload=b"{}") for user in ("alice", "bob")]
    key = PutKey(key="k", digest=b"1")

    futures = [spool.put(batch, key=key) for _ in range(3)]
    found = [future.result(10) for future in futures]
    spool.drop(found[0][0])
    found.append(spool.put(batch, key=key).result(10))
    spool.close()
    spool = open_spool(most_unfinished=1)
    found.append(spool.put(batch, key=key).result(10))

    assert len(set(found[0])) == 2
    assert found == [found[0]] * 5
    assert [one.id for one in spool.transactions()] == [found[0][1]]


def test_a_key_for_something_else(spool: Spool) -> None:
    """
    A key that came before with another batch is refused, be the other one on disk yet or not.
    """
    one = [Entry(user="alice", payload=b"{}")]

    first = spool.put(one, key=PutKey(key="k", digest=b"1"))
    others = [spool.put(one, key=PutKey(key="k", digest=b"2"))]
    first.result(10)
    others.append(spool.put(one, key=PutKey(key="k", digest=b"3")))

    for other in others:
        with pytest.raises(KeyReusedError):
            other.result(10)
    assert len(spool.transactions()) == 1


def test_a_refused_batch_leaves_no_key(open_spool: OpenSpool) -> None:
    """
    What was refused as there was no room is taken when it comes again, and there is.
    """
    spool = open_spool(most_unfinished=1)
    one, key = [Entry(user="alice", payload=b"{}")], PutKey(key="k", digest=b"1")
    first = spool.put(one).result(10)[0]

    with pytest.raises(SpoolFullError):
        spool.put(one, key=key).result(10)
    spool.drop(first)
    second = spool.put(one, key=key).result(10)

    assert [each.id for each in spool.transactions()] == second


def test_keys_are_forgotten(spool: Spool, clock: ManualClock) -> None:
    """
    An old key is as if it had never been, and a newer one stays.
    """
    one = [Entry(user="alice", payload=b"{}")]
    keys = [PutKey(key=each, digest=b"1") for each in ("old", "new")]
    old = spool.put(one, key=keys[0]).result(10)
    clock.advance(60)
    new = spool.put(one, key=keys[1]).result(10)

    assert spool.forget_keys(before=clock.time() - 30) == 1
    assert spool.put(one, key=keys[0]).result(10) != old
    assert spool.put(one, key=keys[1]).result(10) == new


def test_ids_are_never_used_again(open_spool: OpenSpool) -> None:
    """
    A spool that was emptied and opened again gives other ids than before.
    """
    one = [Entry(user="alice", payload=b"")]
    spool = open_spool()
    (first,) = spool.put(one).result(10)
    spool.drop(first)
    spool.close()

    (second,) = open_spool().put(one).result(10)

    assert second != first
