"""
The mail store of a session in the server: what transactions say of mailboxes.
"""

from __future__ import annotations

import pytest

from luahost import MessageNew
from luahost.server.worker.reported_store import ReportedStore
from luahost.sources.transaction_schema import RecordedStatus, RecordedTransaction
from luahost.store import MailboxError, MemoryMetadata

STATUS = RecordedStatus(messages=12, recent=1, unseen=4, uid_next=13, uid_validity=7)


def mail(keywords: tuple[str, ...] = ()) -> MessageNew:
    """
    A delivery to INBOX.
    """
    return MessageNew(mailbox="INBOX", uid=12, uid_validity=7, keywords=keywords)


def told(store: ReportedStore, event: MessageNew, **mailboxes: RecordedStatus) -> None:
    """
    Have a store learn of a transaction with one event.
    """
    store.report(
        RecordedTransaction(user={"username": "bob"}, events=(event,), success=True, mailboxes=mailboxes)
    )
    store.note("bob", [event])


@pytest.fixture
def store() -> ReportedStore:
    """
    A store that has heard of nothing.
    """
    return ReportedStore(MemoryMetadata(), lambda words: None)


def test_status_is_the_transactions(store: ReportedStore) -> None:
    """
    The status is what came with the transaction, with the keywords of its events.
    """
    told(store, mail(("$Todo",)), INBOX=STATUS)

    found = store.status("bob", "INBOX")

    assert (found.messages, found.unseen, found.uid_next, found.uid_validity) == (12, 4, 13, 7)
    assert found.keywords == ("$Todo",)


def test_last_transaction_counts(store: ReportedStore) -> None:
    """
    Nothing of an earlier transaction is left, asked for or not.
    """
    told(store, mail(("$Todo",)), INBOX=STATUS, Work=STATUS)
    told(store, mail(), INBOX=STATUS)

    assert store.status("bob", "INBOX").keywords == ()
    with pytest.raises(MailboxError):
        store.open("bob", "Work")


def test_mailbox_without_status(store: ReportedStore) -> None:
    """
    A mailbox that an event names is there, and its status is not known.
    """
    told(store, mail())

    store.open("bob", "INBOX")
    with pytest.raises(MailboxError):
        store.status("bob", "INBOX")
