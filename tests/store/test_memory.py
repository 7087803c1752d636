"""
The store in memory: what it learns from events, and what it answers.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.events import (
    Event,
    FlagsClear,
    FlagsSet,
    MailboxCreate,
    MailboxDelete,
    MailboxRename,
    MailboxSubscribe,
    MailboxUnsubscribe,
    MessageAppend,
    MessageExpunge,
    MessageNew,
    MessageRead,
    MessageTrash,
)
from luahost.store import MailboxError, MailboxStatus, MemoryMetadata, MemoryStore

MESSAGE: dict[str, Any] = {"mailbox": "INBOX", "uid_validity": 7}


def observed(*events: Event) -> MemoryStore:
    """
    A store to which these events happened, for bob.
    """
    store = MemoryStore()
    for event in events:
        store.observe("bob", event)
    return store


def numbers(store: MemoryStore, mailbox: str = "INBOX") -> dict[str, Any]:
    """
    The status of one of bob's mailboxes, as a mapping.
    """
    status = store.status("bob", mailbox)
    return {name: getattr(status, name) for name in MailboxStatus.__slots__}


def test_new_user() -> None:
    """
    A user appears at first mention, with an empty INBOX.
    """
    assert MemoryStore().status("bob", "INBOX") == MailboxStatus(
        uid_validity=1,
        uid_next=1,
        messages=0,
        recent=0,
        unseen=0,
        first_unseen_seq=0,
        first_recent_uid=1,
        highest_modseq=1,
        keywords=(),
    )


@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBox"])
def test_inbox_in_any_case(name: str) -> None:
    """
    INBOX is the same mailbox however it is written.
    """
    store = observed(MessageNew(**MESSAGE | {"mailbox": name}, uid=1))

    assert numbers(store, "INBOX")["messages"] == 1
    assert numbers(store, "iNbOx")["messages"] == 1


def test_other_names_have_one_case() -> None:
    """
    Every other name is as it is written.
    """
    store = observed(MailboxCreate(mailbox="Work"))

    with pytest.raises(MailboxError, match="Mailbox doesn't exist: work"):
        store.open("bob", "work")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Invalid mailbox name: Name is empty"),
        ("a//b", "Invalid mailbox name: Has adjacent hierarchy separators"),
        ("nosuch", "Mailbox doesn't exist: nosuch"),
    ],
)
@pytest.mark.parametrize("ask", ["open", "status", "metadata"])
def test_no_such_mailbox(ask: str, name: str, words: str) -> None:
    """
    A mailbox that is not there is told of in Dovecot's words.
    """
    with pytest.raises(MailboxError) as caught:
        getattr(MemoryStore(), ask)("bob", name)

    assert str(caught.value) == words


def test_users_have_their_own_mailboxes() -> None:
    """
    What happens to one user does not happen to another.
    """
    store = observed(MessageNew(**MESSAGE, uid=1), MailboxCreate(mailbox="Work"))

    assert store.status("alice", "INBOX").messages == 0
    with pytest.raises(MailboxError):
        store.open("alice", "Work")


def test_uid_validities_differ() -> None:
    """
    Each mailbox that is made without a UIDVALIDITY gets one of its own.
    """
    store = MemoryStore()
    given = [store.create("bob", name).uid_validity for name in ("INBOX", "a", "b")]

    assert len(set(given)) == 3
    assert store.create("bob", "a").uid_validity == given[1]


def test_next_message() -> None:
    """
    The next message gets the UID after the highest that was ever there.
    """
    store = observed(MessageNew(**MESSAGE, uid=4), MessageExpunge(**MESSAGE, uid=4))

    assert store.next_message("bob", "INBOX") == (5, 7)
    assert store.next_message("bob", "Work")[0] == 1


STORIES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "delivered": (
        [MessageNew(**MESSAGE, uid=3)],
        {
            "messages": 1,
            "unseen": 1,
            "recent": 1,
            "uid_next": 4,
            "uid_validity": 7,
            "first_unseen_seq": 1,
            "first_recent_uid": 3,
        },
    ),
    "appended seen": (
        [MessageAppend(**MESSAGE, uid=1, flags=("\\Seen",), keywords=("a",))],
        {"messages": 1, "unseen": 0, "first_unseen_seq": 0, "keywords": ("a",)},
    ),
    "read": (
        [MessageNew(**MESSAGE, uid=1), MessageNew(**MESSAGE, uid=2), MessageRead(**MESSAGE, uid=1)],
        {"messages": 2, "unseen": 1, "first_unseen_seq": 2},
    ),
    "set and cleared": (
        [
            MessageNew(**MESSAGE, uid=1),
            FlagsSet(**MESSAGE, uid=1, flags=("\\Seen",), keywords=("a", "b")),
            FlagsClear(**MESSAGE, uid=1, flags=("\\Seen",), keywords=("a",)),
        ],
        {"unseen": 1, "keywords": ("a", "b")},
    ),
    "trashed": ([MessageNew(**MESSAGE, uid=1), MessageTrash(**MESSAGE, uid=1)], {"messages": 1, "unseen": 1}),
    "expunged": (
        [MessageNew(**MESSAGE, uid=1), MessageNew(**MESSAGE, uid=2), MessageExpunge(**MESSAGE, uid=1)],
        {"messages": 1, "uid_next": 3, "first_unseen_seq": 1, "first_recent_uid": 2},
    ),
    "expunged unknown": ([MessageExpunge(**MESSAGE, uid=9)], {"messages": 0, "uid_next": 10}),
}


@pytest.mark.parametrize("story", STORIES)
def test_messages(story: str) -> None:
    """
    The status follows what happened to messages.
    """
    events, expected = STORIES[story]
    found = numbers(observed(*events))

    assert {name: found[name] for name in expected} == expected


def test_modseq_grows() -> None:
    """
    Everything that happens to a message counts as a change of its mailbox.
    """
    events = [MessageNew(**MESSAGE, uid=1), MessageRead(**MESSAGE, uid=1), MessageExpunge(**MESSAGE, uid=1)]
    grown = [numbers(observed(*events[:n]))["highest_modseq"] for n in range(4)]

    assert grown == sorted(set(grown))


def test_renamed() -> None:
    """
    A renamed mailbox keeps its messages; its old name is gone.
    """
    store = observed(
        MailboxCreate(mailbox="Old"),
        MessageAppend(mailbox="Old", uid=1, uid_validity=9),
        MailboxRename(mailbox="New", mailbox_old="Old"),
    )

    assert numbers(store, "New")["messages"] == 1
    with pytest.raises(MailboxError):
        store.open("bob", "Old")


def test_renamed_unknown() -> None:
    """
    The new name exists even if the old was never heard of.
    """
    assert numbers(observed(MailboxRename(mailbox="New", mailbox_old="Old")), "New")["messages"] == 0


def test_deleted() -> None:
    """
    A deleted mailbox is gone, and deleting it again is no error.
    """
    delete = MailboxDelete(mailbox="Work")
    store = observed(MailboxCreate(mailbox="Work"), delete, delete)

    with pytest.raises(MailboxError):
        store.open("bob", "Work")


def test_subscriptions_make_no_mailbox() -> None:
    """
    A mailbox that is subscribed to does not necessarily exist.
    """
    store = observed(MailboxSubscribe(mailbox="Gone"), MailboxUnsubscribe(mailbox="Gone"))

    with pytest.raises(MailboxError):
        store.open("bob", "Gone")


def test_metadata() -> None:
    """
    METADATA belongs to one mailbox of one user; None removes an entry, also one that is not there.
    """
    store = observed(MailboxCreate(mailbox="Work"))
    store.set_metadata("bob", "Work", "/private/a", "1")
    store.set_metadata("bob", "Work", "/private/b", "")
    store.set_metadata("bob", "Work", "/private/gone", "x")
    store.set_metadata("bob", "Work", "/private/gone", None)
    store.set_metadata("bob", "Work", "/private/never", None)

    assert store.metadata("bob", "Work") == {"/private/a": "1", "/private/b": ""}
    assert store.metadata("bob", "INBOX") == {}
    assert store.metadata("alice", "INBOX") == {}


def test_metadata_is_a_copy() -> None:
    """
    What was asked once does not change with the store.
    """
    store = MemoryStore()
    before = store.metadata("bob", "INBOX")
    store.set_metadata("bob", "INBOX", "/private/a", "1")

    assert before == {}


def test_metadata_goes_with_its_mailbox() -> None:
    """
    A renamed mailbox keeps its METADATA, a deleted one takes it along.
    """
    store = observed(MailboxCreate(mailbox="Work"), MailboxCreate(mailbox="Gone"))
    store.set_metadata("bob", "Work", "/private/a", "1")
    store.set_metadata("bob", "Gone", "/private/b", "2")

    store.observe("bob", MailboxRename(mailbox="Other", mailbox_old="Work"))
    store.observe("bob", MailboxDelete(mailbox="Gone"))
    store.observe("bob", MailboxCreate(mailbox="Work"))
    store.observe("bob", MailboxCreate(mailbox="Gone"))

    assert store.metadata("bob", "Other") == {"/private/a": "1"}
    assert store.metadata("bob", "Work") == {}
    assert store.metadata("bob", "Gone") == {}


def test_metadata_is_kept_where_the_store_is_told_to() -> None:
    """
    A store that is given a place for METADATA finds there what another one left.
    """
    kept = MemoryMetadata()
    MemoryStore(metadata=kept).set_metadata("bob", "inbox", "/private/a", "1")

    assert MemoryStore(metadata=kept).metadata("bob", "INBOX") == {"/private/a": "1"}
    assert kept.get("bob", "INBOX", "/private/a") == "1"
