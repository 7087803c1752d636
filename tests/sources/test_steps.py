"""
What inputs do to a store and a session.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost import events
from luahost.effects import Call
from luahost.host import Host
from luahost.sources import Input, MailboxState, MessageState
from luahost.sources.fixture import read_fixture
from luahost.store import MailboxError, MemoryStore

LISTENER = "function dovecot_lua_notify_begin_txn(user) return {} end\n" + "".join(
    f"function {event.handler}(context, event) end\n" for event in events.EVENTS
)


def performed(text: str, folder: Path) -> list[Call]:
    """
    The calls that a script with all handlers gets from a fixture.
    """
    script = folder / "listener.lua"
    script.write_text(LISTENER + "function dovecot_lua_notify_end_txn(context, success) end\n")
    source = read_fixture(text.encode(), file=str(folder / "bob.yaml"))
    store = MemoryStore()
    source.prepare(store, "bob")
    with Host(script).session(source.mail_user(), store=store) as session:
        for step in source.steps:
            step.perform(session)
    return session.effects.of(Call)


def told(calls: list[Call]) -> list[tuple[int | None, str]]:
    """
    Number of the transaction and short name of each call of a transaction.
    """
    return [
        (call.transaction, call.function.removeprefix("dovecot_lua_notify_"))
        for call in calls
        if call.function.startswith("dovecot_lua_notify_")
    ]


def test_each_step_is_one_transaction(tmp_path: Path) -> None:
    """
    A transaction holds its events together, and a rollback tells of none.
    """
    calls = performed(
        "when:\n"
        "- transaction: [MessageRead: {uid: 1}, MessageTrash: {uid: 1}]\n"
        "- rollback: [MessageExpunge: {uid: 1}]\n"
        "- deliver: 'Subject: Hi'\n",
        tmp_path,
    )

    assert told(calls) == [
        (1, "begin_txn"),
        (1, "event_message_read"),
        (1, "event_message_trash"),
        (1, "end_txn"),
        (2, "begin_txn"),
        (2, "end_txn"),
        (3, "begin_txn"),
        (3, "event_message_new"),
        (3, "end_txn"),
    ]
    assert [call.success for call in calls if call.function.endswith("end_txn")] == [True, False, True]


@pytest.mark.parametrize(
    ("mailboxes", "when", "uid_validity"),
    [
        ("{INBOX: {uid_validity: 7}}", "MessageRead: {uid: 1}", 7),
        ("{INBOX: {uid_validity: 7}}", "MessageRead: {uid: 1, uid_validity: 9}", 9),
        ("{INBOX: {uid_validity: 7}, Work: {uid_validity: 8}}", "MessageRead: {mailbox: Work, uid: 1}", 8),
        ("{INBOX: {uid_validity: 7}}", "deliver: 'Subject: Hi'", 7),
        ("{}", "MessageRead: {uid: 1}", 1),
        ("{}", "MessageRead: {mailbox: Work, uid: 1}", 2),
    ],
)
def test_uid_validity_is_the_mailboxs_unless_given(
    tmp_path: Path, mailboxes: str, when: str, uid_validity: int
) -> None:
    """
    An event without UIDVALIDITY gets that of its mailbox, which is made if it is not there.
    """
    (event,) = (
        call.event for call in performed(f"mailboxes: {mailboxes}\nwhen: [{when}]", tmp_path) if call.event
    )

    assert event["uid_validity"] == uid_validity


def test_a_delivery_takes_the_next_uid_and_its_flags_along(tmp_path: Path) -> None:
    """
    A delivered message comes after those that were there, with what the fixture says about it.
    """
    (event,) = (
        call.event
        for call in performed(
            "mailboxes: {Work: {uid_validity: 8, messages: [{uid: 41}]}}\n"
            "when:\n"
            r"- deliver: {message: 'Subject: Hi', mailbox: Work, flags: [\Flagged], keywords: [$Todo]}",
            tmp_path,
        )
        if call.event
    )

    assert {
        key: event[key] for key in ("mailbox", "uid", "uid_validity", "subject", "flags", "keywords")
    } == {
        "mailbox": "Work",
        "uid": 42,
        "uid_validity": 8,
        "subject": "Hi",
        "flags": ("\\Flagged",),
        "keywords": ("$Todo",),
    }


def test_prepare_sets_the_mailboxes_up() -> None:
    r"""
    Before the first step the store has what the input says; only ``\Recent`` makes a message recent.
    """
    source = Input(
        name="here",
        mailboxes={
            "INBOX": MailboxState(
                uid_validity=7,
                messages=(
                    MessageState(uid=2, flags=("\\Seen",), keywords=("a",)),
                    MessageState(uid=5, flags=("\\Recent",), keywords=("b", "a")),
                ),
                metadata={"/private/comment": "hello"},
            ),
            "Work": MailboxState(subscribed=True),
        },
        steps=(),
    )
    store = MemoryStore()

    source.prepare(store, "bob")

    status = store.status("bob", "INBOX")
    assert (status.uid_validity, status.uid_next, status.messages) == (7, 6, 2)
    assert (status.unseen, status.first_unseen_seq) == (1, 2)
    assert (status.recent, status.first_recent_uid) == (1, 5)
    assert status.keywords == ("a", "b")
    assert store.metadata("bob", "INBOX") == {"/private/comment": "hello"}
    assert store.status("bob", "Work").messages == 0
    with pytest.raises(MailboxError, match="Mailbox doesn't exist: Work"):
        store.open("carol", "Work")
