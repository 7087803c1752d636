"""
The mail store of a session in the server: what its transactions say of mailboxes, and nothing else.

Luahost has no mail. A script that asks for the status of a mailbox gets what came with the transaction that
it is told of; one that came without cannot be answered, and does not exist, in Dovecot's words. METADATA is
luahost's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost.sources.transaction_schema import RecordedStatus, RecordedTransaction
from luahost.store import MailboxError, MailboxStatus, MemoryStore, MetadataStore
from luahost.store.mailbox_names import checked_name
from luahost.store.memory import Account
from luahost.store.metadata_keys import USER_MAILBOX, user_key

UNKNOWN = (
    "luahost: {what} did not come with the transaction, so it cannot be told to the script; "
    'see docs/operating.md, "What scripts can ask"'
)


class ReportedStore(MemoryStore):
    """
    The store of one session.

    Args:
        metadata: What keeps METADATA.

        missing: Hears of what could not be answered, in words for the operator.
    """

    def __init__(self, metadata: MetadataStore, missing: Callable[[str], None]) -> None:
        super().__init__(metadata=metadata)
        self._missing = missing
        self._reported: Mapping[str, RecordedStatus] = {}
        self._keywords: dict[str, dict[str, None]] = {}

    def report(self, transaction: RecordedTransaction) -> None:
        """
        From now on this transaction's word counts. What it says of mailboxes is looked at when somebody asks.
        """
        self._accounts.clear()
        self._unread.clear()
        self._unread_count = 0
        self._keywords.clear()
        self._reported = transaction.mailboxes
        for key, value in transaction.metadata.items():
            # What Dovecot has counts more than what luahost knew.
            self.set_metadata(transaction.user["username"], USER_MAILBOX, user_key(key), value)

    def _new_account(self, user: str) -> Account:
        account = super()._new_account(user)
        for name, status in self._reported.items():
            self.create(user, name, uid_validity=status.uid_validity)
        return account

    def _learn(self, user: str, told: Sequence[Any]) -> None:
        # Of messages it is enough to know the mailbox.
        for event in told:
            self.create(user, event.mailbox, uid_validity=event.uid_validity)
            keywords = self._keywords.setdefault(checked_name(event.mailbox), {})
            keywords.update(dict.fromkeys(getattr(event, "keywords", ())))

    def open(self, user: str, mailbox: str) -> None:
        """
        See :meth:`~luahost.store.mail_store.MailStore.open`.
        """
        try:
            super().open(user, mailbox)
        except MailboxError:
            self._missing(UNKNOWN.format(what=f"the mailbox {mailbox}"))
            raise

    def status(self, user: str, mailbox: str) -> MailboxStatus:
        """
        See :meth:`~luahost.store.mail_store.MailStore.status`.

        The transaction says how many messages are unseen and recent, and not which: they are taken for the
        newest.
        """
        box = self._mailbox(user, mailbox)
        name = checked_name(mailbox)
        found = self._reported.get(name, RecordedStatus())
        messages, recent, unseen, uid_next = found.messages, found.recent, found.unseen, found.uid_next
        if messages is None or recent is None or unseen is None or uid_next is None:
            self._missing(UNKNOWN.format(what=f"the status of the mailbox {name}"))
            raise MailboxError(f"Mailbox doesn't exist: {name}")
        return MailboxStatus(
            uid_validity=found.uid_validity or box.uid_validity,
            uid_next=uid_next,
            messages=messages,
            recent=recent,
            unseen=unseen,
            first_unseen_seq=max(messages - unseen, 0) + 1 if unseen else 0,
            first_recent_uid=max(uid_next - recent, 1),
            highest_modseq=1,
            keywords=tuple(self._keywords.get(name, ())),
        )
