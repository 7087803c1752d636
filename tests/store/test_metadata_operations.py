"""
What becomes of METADATA when mailboxes are renamed and deleted, as ``doveadm`` of 2.3.19.1 showed it.
"""

from __future__ import annotations

from luahost.dialects import DIALECTS
from luahost.store import MAILDIR, SDBOX, Connection, MemoryStore, Storage, operations, perform
from luahost.store.metadata_keys import user_key


def mail(storage: Storage) -> MemoryStore:
    """
    A store in which each of bob's mailboxes has an entry, and bob one of his own.
    """
    store = MemoryStore(storage)
    for name in ("INBOX", "Work", "Work/Sub"):
        store.create("bob", name)
        store.set_metadata("bob", name, "/private/of", name)
    store.set_metadata("bob", "INBOX", user_key("/private/of"), "bob")
    return store


def do(store: MemoryStore, *steps: operations.Operation) -> None:
    """
    Operations of bob's.
    """
    connection = Connection(store, "bob", DIALECTS["2.3"])
    for step in steps:
        list(perform(connection, step))


def test_rename_takes_entries_along() -> None:
    """
    The mailbox's and those of the mailboxes below it; a new mailbox of the old name has none.
    """
    store = mail(MAILDIR)

    do(store, operations.Rename(mailbox="Work", to="Other"), operations.Create(mailbox="Work"))

    assert store.metadata("bob", "Other") == {"/private/of": "Work"}
    assert store.metadata("bob", "Other/Sub") == {"/private/of": "Work/Sub"}
    assert store.metadata("bob", "Work") == {}


def test_delete_drops_entries() -> None:
    """
    The mailbox's own; those of the mailboxes below it stay.
    """
    store = mail(MAILDIR)

    do(store, operations.Delete(mailbox="Work"), operations.Create(mailbox="Work"))

    assert store.metadata("bob", "Work") == {}
    assert store.metadata("bob", "Work/Sub") == {"/private/of": "Work/Sub"}


def test_renaming_inbox_takes_the_users_entries_away() -> None:
    """
    They are kept on INBOX, and the new INBOX is another mailbox.
    """
    store = mail(SDBOX)

    do(store, operations.Rename(mailbox="INBOX", to="Old"))

    assert store.metadata("bob", "INBOX") == {}
    assert store.metadata("bob", "Old") == {"/private/of": "INBOX", user_key("/private/of"): "bob"}
