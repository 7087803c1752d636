"""
Acting on a script, and what there is to see afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luahost import InputError, Limits, MailboxCreate, MemoryStore, MessageAppend, MessageNew, UsageError
from luahost.sources import MailboxState, MessageState
from luahost.sources.fixture import read_fixture
from luahost.testing import Push, UnexpectedError
from tests.conftest import WriteScript
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


@pytest.mark.parametrize(
    ("mailboxes", "complaint"),
    [
        (
            {"INBOX": {"uidvalidity": 1}},
            'unknown key "uidvalidity" in the mailbox "INBOX"; did you mean ',
        ),
        ({"INBOX": {"messages": [{"flags": []}]}}, "uid is missing"),
        ({"INBOX": {"messages": [{"uid": 1, "flags": ["Seen"]}]}}, 'unknown flag "Seen"; there are '),
        ({"INBOX": {"messages": [{"uid": 0}]}}, "uid"),
        ({"INBOX": {"messages": [1]}}, "a message is a mapping"),
        ({"INBOX": {"messages": {1, 2}}}, "mailboxes have names, lists, numbers and text: "),
        (["a//b"], "Invalid mailbox name: Has adjacent hierarchy separators"),
        ("INBOX", "mailboxes are a list of names or a mapping, not 'INBOX'"),
        (["INBOX", 3], "the name of a mailbox is text, not 3"),
    ],
)
def test_mailboxes_that_cannot_be(mailboxes: Any, complaint: str) -> None:
    """
    What no mailbox can have is said in words.
    """
    with pytest.raises(UsageError) as caught:
        Push(LISTENER, mailboxes=mailboxes)

    assert str(caught.value).startswith(complaint)


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


def test_an_error_is_the_verdict(script: WriteScript) -> None:
    """
    An error that nobody expected points at the script's line, among its neighbours.
    """
    path = script(
        "function dovecot_lua_notify_begin_txn(user)\n  -- here\n  return user.nothing.x\nend\n"
        "function dovecot_lua_notify_event_message_new() end\n"
    )
    with Push(path) as push:
        push.deliver()

    (problem, *_) = push.verdict()
    assert (problem.file, problem.line) == (path, 3)
    assert problem.message.startswith("dovecot_lua_notify_begin_txn failed: ")
    assert problem.detail.splitlines()[:4] == [
        "  1 | function dovecot_lua_notify_begin_txn(user)",
        "  2 |   -- here",
        "> 3 |   return user.nothing.x",
        "  4 | end",
    ]
    assert "stack traceback:" in problem.detail
    with pytest.raises(UnexpectedError, match=r"push\.lua:3: dovecot_lua_notify_begin_txn failed"):
        push.verify()


def test_an_expected_error() -> None:
    """
    An error that a block expects is none; another of the same words is.
    """
    with Push(LISTENER) as push:
        with push.expect_error("no such luck") as caught:
            push.deliver(subject="fail")
        assert [error.line for error in caught] == [6]
        assert push.verdict() == []

        push.deliver(subject="fail")
        assert len(push.verdict()) == 1

        push.allow_errors("luck")
        push.verify()


def test_an_expected_error_that_does_not_come() -> None:
    """
    A block that expects an error fails without one, and says which there were.
    """
    with Push(LISTENER) as push:
        with pytest.raises(AssertionError, match="did not fail"), push.expect_error():
            push.deliver()
        with pytest.raises(AssertionError, match="no such luck"), push.expect_error("out of memory"):
            push.deliver(subject="fail")

    assert len(push.verdict()) == 1


def test_what_kills_the_process_is_wrong() -> None:
    """
    A user that is still held at the session's end is told of in the verdict after it.
    """
    with Push(LISTENER, dialect="2.3") as push:
        push.deliver(subject="keep")
        assert push.verdict() == []

    assert [problem.file for problem in push.verdict()] == [str(LISTENER)]
    assert len(push.kills) == 1
    push.allow_errors("kills the process")
    push.verify()


def test_doubles_that_are_none() -> None:
    """
    What is no endpoint or clock is not taken for one.
    """
    with pytest.raises(UsageError, match=r"'https://push\.example/' is no luahost\.testing\.endpoint"):
        Push(LISTENER, endpoint="https://push.example/")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"5 is no luahost\.clock\.Clock"):
        Push(LISTENER, clock=5)  # type: ignore[arg-type]


def test_limits_by_name() -> None:
    """
    Limits can be given by their names.
    """
    with Push(LISTENER, limits={"call_seconds": 5}) as push:
        assert push.session.host.limits == Limits(call_seconds=5)


def test_mistakes_of_the_test() -> None:
    """
    What cannot be done is said in words, and is not the script's error.
    """
    with pytest.raises(UsageError, match=r"there is no script nowhere\.lua"), Push("nowhere.lua"):
        pass
    with Push(LISTENER, folder="/nowhere") as push:
        with pytest.raises(InputError, match=r"/nowhere/a\.eml: no such file"):
            push.deliver("a.eml")
        with pytest.raises(InputError, match="/nowhere/Hello: no such file; a message that is written here"):
            push.deliver("Hello")
        with pytest.raises(UsageError, match="a message is there already; subject is for"):
            push.deliver({"subject": "a"}, subject="b")
        with pytest.raises(UsageError, match="a message has no sender; it has subject, from_"):
            push.deliver(sender="a")  # type: ignore[call-arg]
        with pytest.raises(UsageError, match="the header Subject is one line"):
            push.deliver(subject="a\nb")
        with pytest.raises(UsageError, match="Mailbox doesn't exist: Nowhere"):
            push.read("1", mailbox="Nowhere")

    assert push.verdict() == []


def test_a_message_by_its_number() -> None:
    """
    One message is named by its number, too: its place or its UID.
    """
    with Push(LISTENER, mailboxes={"INBOX": {"messages": [{"uid": 7}, {"uid": 9}]}}) as push:
        push.store(2, add=[r"\Flagged"])
        push.read(7, uid=True)

    assert [event["uid"] for event in push.events if event["name"] != "MessageRead"] == [9, 7]


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda push: push.read("nine"), "a set of messages is like 1:3,5,\\* and not 'nine'"),
        (lambda push: push.read(None), 'messages are named as in IMAP, such as "1:3,5", and not None'),
        (lambda push: push.deliver(3), "a message is the name of a file, its text or its bytes, and not 3"),
        (
            lambda push: push.deliver(flags="\\Seen"),
            r"flags is a list of names, such as \[.*Seen'\], and not",
        ),
        (lambda push: push.deliver(keywords=5), "keywords is a list of names"),
        (lambda push: push.append(flags=[5]), "flags is a list of names, and 5 is none"),
        (lambda push: push.store("1", add="\\Seen"), r"add is a list of names, such as \["),
        (
            lambda push: push.notify("MessageNew"),
            "notify takes events, such as luahost.MessageNew.* not 'Mes",
        ),
        (lambda push: push.notify(MessageNew), "notify takes events, and MessageNew is a kind of them"),
        (lambda push: push.notify(), "notify takes the events of the transaction"),
        (lambda push: push.rollback(), "rollback takes the events of the transaction"),
    ],
)
def test_what_an_act_cannot_take(act: Callable[[Any], None], complaint: str) -> None:
    """
    An act that is given the wrong thing says what it takes, and nothing happens.
    """
    with Push(LISTENER) as push, pytest.raises(UsageError, match=complaint):
        act(push)

    assert push.calls == []


def test_nothing_happens_after_the_end() -> None:
    """
    A session that has ended says so.
    """
    with Push(LISTENER) as push:
        push.close()
        with pytest.raises(UsageError, match="or is over"):
            push.deliver()
