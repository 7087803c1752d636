"""
Several transactions of one mailbox as one.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from luahost.server.coalescing import as_one, coalescing, kind_of, merged
from luahost.server.runner import Verdict
from luahost.server.spool import Claim, Entry, SqliteSpool
from luahost.sources.transaction_schema import recorded_transaction
from luahost.testing import ManualClock
from tests.sources.recorded import NEW, transaction

READ = {"name": "MessageRead", "mailbox": "INBOX", "uid": 3, "uid_validity": 7}


def kind(**changes: Any) -> str | None:
    """
    The kind of a delivery to bob with these changes.
    """
    return kind_of(json.dumps(transaction(**changes)).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"events": [READ, {**NEW, "uid": 9}]},
        {"user": {"username": "bob", "session_id": "S", "session_create_time": 5}},
        {"time": 12.5, "mailboxes": {"INBOX": {"messages": 4}}, "metadata": {"/private/a": "b"}},
    ],
)
def test_one_kind(changes: dict[str, Any]) -> None:
    """
    Messages' events of one mailbox are of one kind, whatever happened and in whichever session.
    """
    assert kind() is not None
    assert kind(**changes) == kind()


@pytest.mark.parametrize(
    "changes",
    [
        {"events": [{**NEW, "mailbox": "Sent"}]},
        {"events": [{**NEW, "mailbox": {"bytes": "ff"}}]},
        {"events": [{**NEW, "uid_validity": 8}]},
        {"user": {"username": "bob", "service": "imap"}},
        {"user": {"username": "bob", "home": "/home/bob"}},
        {"dialect": "2.4"},
        {"hidden": True},
    ],
)
def test_other_kinds(changes: dict[str, Any]) -> None:
    """
    Another mailbox, or a user with other fields, makes another kind.
    """
    assert kind(**changes) not in (None, kind())


@pytest.mark.parametrize(
    "changes",
    [
        {"success": False},
        {"success": False, "events": []},
        {"events": [NEW, {**READ, "mailbox": "Sent"}]},
        {"events": [NEW, {**READ, "uid_validity": 8}]},
        {"events": [{"name": "MailboxCreate", "mailbox": "New", "uid_validity": 7}]},
    ],
)
def test_no_kind(changes: dict[str, Any]) -> None:
    """
    What was rolled back, or is about several mailboxes or the mailbox itself, runs alone.
    """
    assert kind(**changes) is None


def test_merged() -> None:
    """
    All events are there in order, and of everything else the last word.
    """
    first = transaction(
        user={"username": "bob", "session_id": "A"},
        mailboxes={"INBOX": {"messages": 1}, "Sent": {"messages": 5}},
        metadata={"/private/a": "1", "/private/b": "2"},
        time=1,
    )
    second = transaction(events=[READ, READ], metadata={"/private/b": "3"})
    third = transaction(
        user={"username": "bob", "session_id": "C"}, mailboxes={"INBOX": {"messages": 3, "unseen": 2}}, time=3
    )

    found = json.loads(merged(json.dumps(each).encode() for each in (first, second, third)))

    assert found == transaction(
        user={"username": "bob", "session_id": "C"},
        events=[NEW, READ, READ, NEW],
        mailboxes={"INBOX": {"messages": 3, "unseen": 2}, "Sent": {"messages": 5}},
        metadata={"/private/a": "1", "/private/b": "3"},
        time=3,
    )
    assert len(recorded_transaction(found).events) == 4


def test_what_runs() -> None:
    """
    A claim of several is run as a claim of one, with the first one's id; a claim of one as it is.
    """
    ran: list[Claim] = []

    def run(claim: Claim) -> Verdict:
        ran.append(claim)
        return Verdict(failure="no")

    def claim(id: str, uid: int, *together: Claim) -> Claim:
        payload = json.dumps(transaction(events=[{**NEW, "uid": uid}])).encode()
        return Claim(id=id, user="bob", payload=payload, attempt=2, accepted=0, together=together)

    single = claim("c", 3)
    assert as_one(run)(single) == Verdict(failure="no")
    as_one(run)(claim("a", 1, claim("b", 2)))

    assert ran[0] is single
    assert (ran[1].id, ran[1].attempt, ran[1].together) == ("a", 2, ())
    assert [event["uid"] for event in json.loads(ran[1].payload)["events"]] == [1, 2]


def test_into_the_spool(kept: SqliteSpool) -> None:
    """
    What can be merged waits for others, and what cannot does not; without a time nothing does.
    """
    clock = ManualClock(1000)
    joins, alone = (
        Entry(user="bob", payload=json.dumps(transaction(success=success)).encode())
        for success in (True, False)
    )

    coalescing(kept, 60, clock).put([joins, alone]).result(10)

    first, second = kept.transactions()
    assert first.due == 1060
    assert (second.due or 0) > 1_700_000_000
    assert coalescing(kept, 0, clock) is kept
