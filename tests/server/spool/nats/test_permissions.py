"""
What luahost needs of NATS is what it says that it needs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.errors import UsageError
from luahost.server.spool import Entry, PutKey, State
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.inspection import Server, servers
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.overview import overview
from luahost.server.spool.nats.permissions import (
    Permissions,
    configured,
    covers,
    lacking,
    overlaps,
    serving,
    setting_up,
)
from luahost.server.spool.nats.setup import carry_out, plan
from luahost.server.spool.nats.spool import NatsSpool
from tests.nats.node import Node

SECONDS = 30

_ACCOUNTS = """\
accounts {{
  mail {{
    jetstream: enabled
    users: [
      {{ user: setup, password: x, {setup} }}
      {{ user: serve, password: x, {serve} }}
    ]
  }}
}}
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """
    A server with a user for each of the two, who may do what is said to be needed and no more.
    """
    names = Names("luahost")
    accounts = _ACCOUNTS.format(setup=configured(setting_up(names)), serve=configured(serving(names)))
    with Node(tmp_path, more=accounts) as node:
        yield node


def place(node: Node, user: str) -> NatsPlace:
    """
    The spool there, for one of them.
    """
    return nats_place(f"{node.url.replace('//', f'//{user}:x@')}?replicas=1&partitions=2")


def test_it_is_enough(node: Node) -> None:
    """
    With these permissions a spool is set up and used in every way, and NATS refuses nothing.
    """
    with Connection(place(node, "setup")) as connection:
        connection.call(carry_out(connection, connection.call(plan(connection)).result(SECONDS))).result(
            SECONDS
        )
        assert connection.denied == frozenset()
    with NatsSpool(place(node, "serve")) as spool:
        entries = [Entry(user=user, payload=b"{}", expires=time.time() + 60) for user in ("a", "b", "c", "d")]
        ids = spool.put(entries, key=PutKey(key="k", digest=b"d")).result(SECONDS)
        assert spool.put(entries, key=PutKey(key="k", digest=b"d")).result(SECONDS) == ids
        claimed: list[str] = []
        while len(claimed) < 4:
            claimed += [claim.id for claim in spool.claim(4).result(SECONDS)]
        first, second, third, fourth = claimed
        spool.record_answer(first, "POST 1", b"200").result(SECONDS)
        spool.done(first).result(SECONDS)
        spool.bury(second, reason="no").result(SECONDS)
        spool.postpone(third, due=time.time() + 60, reason="503").result(SECONDS)
        spool.give_back(fourth).result(SECONDS)
        assert spool.show(first) is not None
        assert spool.retry(second) != [None]
        assert spool.replay([first]) == {first: first}
        assert spool.drop(third) != [None]
        assert len(spool.transactions()) == 3
        assert spool.purge(before=time.time() + 60, states=[State.DONE]) == 0
        assert spool.forget_keys(before=time.time() + 60) == 1
        assert spool.status().unfinished == 3
        # So much that the servers ask in between whether more is wanted.
        for _ in range(6):
            spool.put([Entry(user="e", payload=bytes(1_000_000))]).result(SECONDS)
        used = spool._connection
    # Ending asks for something as well.
    assert used.denied == frozenset()
    with Connection(place(node, "serve")) as connection:
        assert connection.call(overview(connection)).result(SECONDS).well
        assert connection.denied == frozenset()


def test_it_is_no_more(node: Node) -> None:
    """
    Who serves cannot make streams, and is told at once; who sets up cannot take transactions.
    """
    names = Names("luahost")
    with Connection(place(node, "serve")) as connection:
        planned = connection.call(plan(connection)).result(SECONDS)
        with pytest.raises(
            UsageError, match=r"refuses: permissions violation .*stream\.create.*cluster perm"
        ):
            connection.call(carry_out(connection, planned)).result(SECONDS)

    assert "publish $JS.API.STREAM.CREATE.*" in lacking(said(node, "serve").permissions, setting_up(names))
    assert "publish luahost.txn.>" in lacking(said(node, "setup").permissions, serving(names))
    assert lacking(said(node, "serve").permissions, serving(names)) == []


def said(node: Node, user: str) -> Server:
    """
    What the server says to a user.
    """
    (server,) = servers(place(node, user)).values()
    assert isinstance(server, Server)
    return server


def test_lacking() -> None:
    """
    What is not allowed, or denied, is lacking; without rules nothing is.
    """
    needed = Permissions(publish=["a.*", "b.>"], subscribe=["c"])

    assert lacking(None, needed) == []
    assert lacking({}, needed) == []
    assert lacking({"publish": {"allow": ["a.b", "b.>"]}}, needed) == ["publish a.*"]
    assert lacking({"publish": {"allow": [">"], "deny": ["b.c"]}}, needed) == ["publish b.>"]
    assert lacking({"subscribe": {"allow": []}}, needed) == ["subscribe c"]


@pytest.mark.parametrize(
    ("pattern", "subject", "covered", "overlapping"),
    [
        ("a.b", "a.b", True, True),
        ("a.b", "a.c", False, False),
        ("a.*", "a.b", True, True),
        ("a.b", "a.*", False, True),
        ("a.>", "a.b.c", True, True),
        ("a.>", "a", False, False),
        ("a.*", "a.>", False, True),
        ("*.b", "a.*", False, True),
        ("a.b", "a.b.c", False, False),
        (">", "a.b", True, True),
    ],
)
def test_patterns(pattern: str, subject: str, covered: bool, overlapping: bool) -> None:
    """
    Patterns cover and overlap by the parts of subjects.
    """
    assert covers(pattern, subject) is covered
    assert overlaps(pattern, subject) is overlaps(subject, pattern) is overlapping
