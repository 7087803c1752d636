"""
Acting on a script, and what there is to see afterwards.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost import InputError, Limits, MailboxCreate, MemoryStore, MessageAppend, MessageNew, UsageError
from luahost.sources import MailboxState, MessageState
from luahost.sources.fixture import read_fixture
from luahost.testing import Push
from tests.sources.recorded import NEW as NEW_MESSAGE
from tests.sources.recorded import lines, transaction

LISTENER = Path(__file__).with_name("listener.lua")
MESSAGES = Path(__file__).parent.parent.parent / "fixtures" / "messages"

BEGIN, END = "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn"
NEW = "dovecot_lua_notify_event_message_new"


def test_a_delivery_is_seen_by_name() -> None:
    """
    A message in words is delivered, and calls, events and logs say so.
    """
    with Push(LISTENER) as push:
        push.deliver(subject="Grüße", from_="Alice Müller <alice@example.org>", body="Bis um\nzwei.")

    assert push.calls == [BEGIN, NEW, END]
    (event,) = push.events
    assert event["subject"] == "Grüße"
    assert event["from"] == "Alice =?utf-8?q?M=C3=BCller?= <alice@example.org>"
    assert event["from_display_name"] == "Alice Müller"
    assert event["snippet"] == "Bis um zwei."
    assert push.log_lines == ["info: heard MessageNew"]


def test_a_message_in_any_form() -> None:
    """
    A message is a file's name, its text, its bytes or an event's fields.
    """
    with Push(LISTENER, folder=MESSAGES) as push:
        push.deliver("hello.eml")
        push.deliver(MESSAGES / "hello.eml")
        push.deliver((MESSAGES / "hello.eml").read_bytes())
        push.deliver((MESSAGES / "hello.eml").read_text("utf-8"))
        push.deliver({"subject": "Hello, päivää"})
        push.deliver("Subject: Hello, =?utf-8?q?p=C3=A4iv=C3=A4=C3=A4?=")

    assert [event["subject"] for event in push.events] == ["Hello, päivää"] * 6


def test_last_is_the_last_act() -> None:
    """
    ``last`` has what one act did, with all the transactions that it opened.
    """
    with Push(LISTENER, dialect="2.3") as push:
        push.append()
        push.deliver()
        assert push.last.calls == [BEGIN, NEW, END]
        push.deliver(mailbox="New")
        assert [event["name"] for event in push.last.events] == ["MailboxCreate", "MessageNew"]
        push.read("1")
        push.read("1")

    assert push.last.effects == []
    assert push.events[0]["name"] == "MessageAppend"


def test_events_and_rollbacks() -> None:
    """
    Made-up events are told of in one transaction, and rolled-back ones to nobody.
    """
    with Push(LISTENER) as push:
        push.notify(
            MessageNew(mailbox="INBOX", uid=1, uid_validity=1),
            MessageAppend(mailbox="INBOX", uid=2, uid_validity=1),
        )
        assert len(push.last.events) == 2
        push.rollback(MailboxCreate(mailbox="Lost"))

    assert push.last.calls == [BEGIN, END]


def test_append_in_words() -> None:
    """
    ``append`` takes messages as ``deliver`` does, and several at a time.
    """
    with Push(LISTENER) as push:
        push.append(subject="one", flags=[r"\Seen", "$Todo"])
        push.append({"subject": "two"}, b"Subject: three\n\n", {"subject": "four"}, fails=True)

    (event,) = push.events
    assert (event["name"], event["subject"], event["keywords"]) == ("MessageAppend", "one", ("$Todo",))
    assert push.last.calls == [BEGIN, END]


def test_mailboxes_before() -> None:
    """
    Mailboxes are there by name or in a state; without any, the first mail makes INBOX.
    """
    state = MailboxState(uid_validity=7, messages=(MessageState(uid=41),))
    words = {"uid_validity": 7, "messages": [{"uid": 41, "flags": [r"\Seen"]}]}
    for inbox in (state, words):
        with Push(LISTENER, mailboxes={"INBOX": inbox}) as push:
            push.deliver()
        assert (push.events[0]["uid"], push.events[0]["uid_validity"]) == (42, 7)

    with Push(LISTENER, mailboxes=["INBOX", "Archive"]) as push:
        push.deliver()
        push.move("1", "Archive")
    assert [event["name"] for event in push.last.events] == ["MessageAppend", "MessageExpunge"]

    with Push(LISTENER, mailboxes={}, dialect="2.3") as push:
        push.deliver()
    assert [event["name"] for event in push.events] == ["MailboxCreate", "MessageNew"]


def test_a_store_outlives_the_session() -> None:
    """
    What one session leaves in a store the next one finds.
    """
    store = MemoryStore()
    for _ in range(2):
        with Push(LISTENER, store=store) as push:
            push.deliver()

    assert push.events[0]["uid"] == 2


def test_what_else_there_is_to_see() -> None:
    """
    Named events, print, calls of mailboxes, and those left open.
    """
    with Push(LISTENER) as push:
        push.deliver(subject="event")
        assert [event.name for event in push.last.named_events] == ["push_sent"]
        push.deliver(subject="print")
        assert push.last.printed == ["hello\t1"]
        push.deliver(subject="status")
        assert [call.method for call in push.last.mailbox_calls] == ["status", "free"]
        assert push.mailboxes_open == []
        push.deliver(subject="open")
        assert push.mailboxes_open == ["INBOX"]
        push.deliver(subject="unset")
        assert [(one.operation, one.key) for one in push.metadata] == [("unset", "/private/vendor/seen")]

    push.verify()


def test_a_step_of_a_fixture_happens() -> None:
    """
    Steps that a file describes are acts, too.
    """
    source = read_fixture(
        b"when: [deliver: 'Subject: a', transaction: [MessageRead: {uid: 1}]]", file="a.yaml"
    )
    with Push(LISTENER) as push:
        for step in source.steps:
            push.happen(step)

    assert len(push.events) == 2
    assert [event["name"] for event in push.last.events] == ["MessageRead"]


def test_a_file_is_replayed(tmp_path: Path) -> None:
    """
    What stands in a fixture, a recording or a message happens as one act; of a recording, what one user did.
    """
    (tmp_path / "all.jsonl").write_bytes(
        lines(
            *(
                transaction(user={"username": user}, events=[{**NEW_MESSAGE, "uid": uid}])
                for user, uid in (("bob", 11), ("alice", 12), ("bob", 13))
            )
        )
    )
    (tmp_path / "steps.yaml").write_text("when: [deliver: 'Subject: a', create: Work]")
    with Push(LISTENER, folder=tmp_path) as push:
        push.replay("steps.yaml")
        assert [event["name"] for event in push.last.events] == ["MessageNew", "MailboxCreate"]
        push.replay("all.jsonl", user="bob")
        assert [event["uid"] for event in push.last.events] == [11, 13]
        push.replay(MESSAGES / "hello.eml")
        assert push.last.events[0]["subject"] == "Hello, päivää"
        with pytest.raises(UsageError, match="transactions of 2 users; say whose: user='alice'"):
            push.replay("all.jsonl")
        with pytest.raises(UsageError, match="has nothing of the user 'carol'"):
            push.replay("all.jsonl", user="carol")
        with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
            push.replay("none.jsonl")


def test_limits_by_name() -> None:
    """
    Limits can be given by their names.
    """
    with Push(LISTENER, limits={"call_seconds": 5}) as push:
        assert push.session.host.limits == Limits(call_seconds=5)


def test_a_message_by_its_number() -> None:
    """
    One message is named by its number, too: its place or its UID.
    """
    with Push(LISTENER, mailboxes={"INBOX": {"messages": [{"uid": 7}, {"uid": 9}]}}) as push:
        push.store(2, add=[r"\Flagged"])
        push.read(7, uid=True)

    assert [event["uid"] for event in push.events if event["name"] != "MessageRead"] == [9, 7]
