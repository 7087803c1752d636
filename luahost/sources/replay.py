"""
A recorded transaction as a step: the mailboxes are brought to what the recording says of them, and then the
transaction happens.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING

from luahost.dataclass import dataclass
from luahost.errors import InputError, UsageError
from luahost.events import Event, MessageAppend, MessageEvent
from luahost.sources.transaction_schema import RecordedStatus, RecordedTransaction
from luahost.store.mailbox import Mailbox, Message
from luahost.store.metadata_keys import USER_MAILBOX, user_key

if TYPE_CHECKING:
    from luahost.host import Session

MOST_MESSAGES = 100_000
"""Messages that a mailbox is filled up to: scripts see numbers only, and nobody waits for millions."""

_UNKNOWN = MessageAppend(mailbox="INBOX", uid=1, uid_validity=1)
"""Stands for what was rolled back: that something began is all that is known, and all that scripts learn."""


@dataclass(frozen=True, slots=True)
class Replay:
    """
    A transaction that once happened.

    Attributes:
        transaction: What happened.

        file: The recording.

        line: The transaction's line in it.
    """

    transaction: RecordedTransaction
    file: str
    line: int

    def perform(self, session: Session) -> None:
        """
        Let it happen again.

        Raises:
            InputError: The mail store refuses it.
        """
        recorded = self.transaction
        try:
            for key, value in recorded.metadata.items():
                session.mail_store.set_metadata(session.user.username, USER_MAILBOX, user_key(key), value)
            if not recorded.success:
                session.rollback(*(recorded.events or (_UNKNOWN,)))
                return
            for name, status in recorded.mailboxes.items():
                box = session.mail_store.create(
                    session.user.username, name, uid_validity=status.uid_validity or None
                )
                own = [
                    event
                    for event in recorded.events
                    if isinstance(event, MessageEvent) and event.mailbox == name
                ]
                fit(box, status, own)
            session.notify(*recorded.events)
        except UsageError as error:
            raise InputError(str(error), file=self.file, line=self.line) from None


def fit(box: Mailbox, status: RecordedStatus, events: Iterable[MessageEvent]) -> None:
    """
    Change a mailbox's other messages so that, once these events have happened, its status is this one, as far
    as it can be.
    """
    after = _after(box, events)
    touched = {event.uid for event in events}
    if status.uid_next is not None:
        box.uid_next = max(status.uid_next, max(after.messages, default=0) + 1)
    others = sorted(set(box.messages) - touched)
    if status.messages is not None:
        wanted = min(status.messages, MOST_MESSAGES) - len(after.messages)
        others = _resized(box, others, wanted, touched, below=box.uid_next)
    messages = [box.messages[uid] for uid in others]
    if status.unseen is not None:
        unseen = status.unseen - sum("\\Seen" not in message.flags for message in after.messages.values())
        # The newest are the ones that nobody has read.
        for message in messages[: len(messages) - max(unseen, 0)]:
            message.flags |= {"\\Seen"}
        for message in messages[len(messages) - max(unseen, 0) :] if unseen > 0 else ():
            message.flags -= {"\\Seen"}
    if status.recent is not None:
        recent = status.recent - sum(message.recent for message in after.messages.values())
        for place, message in enumerate(messages):
            message.recent = place >= len(messages) - recent
        # Where somebody had the mailbox selected, even new messages are not.
        for uid in sorted(uid for uid, message in after.messages.items() if message.recent)[
            : max(-recent, 0)
        ]:
            box.messages.setdefault(uid, Message()).recent = False


def _after(box: Mailbox, events: Iterable[Event]) -> Mailbox:
    """
    A mailbox with those messages alone that events are about, after the events.
    """
    alone = Mailbox(box.uid_validity, keywords=list(box.keywords))
    for event in events:
        assert isinstance(event, MessageEvent)
        if event.uid in box.messages:
            alone.messages.setdefault(event.uid, copy.deepcopy(box.messages[event.uid]))
    for event in events:
        assert isinstance(event, MessageEvent)
        alone.observe(event)
    return alone


def _resized(box: Mailbox, others: list[int], wanted: int, touched: set[int], *, below: int) -> list[int]:
    """
    Make or remove messages until there are so many others; answers their UIDs.
    """
    for uid in others[: max(len(others) - max(wanted, 0), 0)]:
        del box.messages[uid]
    kept = others[max(len(others) - max(wanted, 0), 0) :]
    taken, uid = {*kept, *touched}, below
    while len(kept) < wanted and uid > 1:
        uid -= 1
        if uid not in taken:
            box.messages[uid] = Message(recent=False)
            kept.append(uid)
    return sorted(kept)
