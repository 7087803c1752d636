"""
A home with mail in it, as the recordings found it before a delivery.
"""

from __future__ import annotations

from luahost.events import MailboxCreate, MailboxSubscribe, MessageAppend
from luahost.store import MemoryStore


def standard_home(store: MemoryStore) -> None:
    """
    The mailboxes of bob that the recordings call ``std``.
    """
    for mailbox in ("Work", "Work/Sub", "Empty", "Parent/Child"):
        store.observe("bob", MailboxCreate(mailbox=mailbox))
    for mailbox, uid, flags, keywords in (
        ("INBOX", 1, ("\\Seen",), ()),
        ("INBOX", 2, (), ()),
        ("INBOX", 3, ("\\Flagged",), ("$Label1", "custom")),
        ("Work", 1, ("\\Seen",), ("kw1",)),
        ("Work", 2, (), ()),
    ):
        validity = store.next_message("bob", mailbox)[1]
        store.observe(
            "bob",
            MessageAppend(mailbox=mailbox, uid=uid, uid_validity=validity, flags=flags, keywords=keywords),
        )
    store.observe("bob", MailboxSubscribe(mailbox="Work"))
