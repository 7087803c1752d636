"""
What happens to a script that is checked: the same for every script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from luahost.events import (
    EVENTS,
    Event,
    MailboxDelete,
    MailboxEvent,
    MessageAppend,
    MessageNew,
    MessageRead,
    SavedMessageEvent,
)
from luahost.host import Session
from luahost.testing import Answer, Fault

ALL_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")


def happening(kind: type[Event], **more: object) -> Event:
    """
    An event of this kind with everything in it that it can have.
    """
    given: dict[str, object] = {"mailbox": "INBOX"}
    if not issubclass(kind, MailboxEvent):
        given |= {"uid": 7, "uid_validity": 1, **FIELDS}
        if issubclass(kind, SavedMessageEvent):
            given |= MESSAGE
    given |= MAILBOXES.get(kind.__name__, {})
    given |= more
    names = kind.__dataclass_fields__
    return kind(**{name: value for name, value in given.items() if name in names})  # type: ignore[arg-type]


MAILBOXES: dict[str, dict[str, object]] = {
    "MailboxCreate": {"mailbox": "Lists"},
    "MailboxDelete": {"mailbox": "Drafts"},
    "MailboxRename": {"mailbox": "Archive/2026", "mailbox_old": "Archive"},
    "MailboxSubscribe": {"mailbox": "Lists"},
    "MailboxUnsubscribe": {"mailbox": "Drafts"},
}
"""The mailboxes of mailbox events; INBOX stays."""

FIELDS: dict[str, object] = {
    "flags": ("\\Seen", "\\Flagged"),
    "flags_old": ALL_FLAGS,
    "keywords": ("$Important", "work"),
    "keywords_old": ("$Important", "work", "later"),
}

MESSAGE: dict[str, object] = {
    "date": 1_560_937_320,
    "tz": 180,
    "from_": "=?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>",
    "to": "Bob <bob@example.com>",
    "subject": 'Päivää "quoted" \\ & <b>100%</b>',
    "snippet": "Hi Bob, are you there?",
    "message_id": "<hello@example.org>",
    "from_address": "alice@example.org",
    "from_display_name": "Alice Müller",
    "to_address": "bob@example.com",
    "to_display_name": "Bob",
}

BARE: dict[str, object] = {
    name: None if name in ("subject", "message_id") else "" for name in MESSAGE if name not in ("date", "tz")
} | {"date": 0, "tz": 0, "flags": (), "keywords": ()}
"""A message without any header, as Dovecot tells of it."""


def each_event(session: Session) -> None:
    """
    All twelve, one after the other.
    """
    for kind in EVENTS:
        session.notify(happening(kind))


def no_headers(session: Session) -> None:
    """
    A message without headers, delivered and saved; flags that do not change.
    """
    session.notify(happening(MessageNew, **BARE), happening(MessageAppend, **{**BARE, "uid": 8}))
    for kind in EVENTS:
        if kind.__name__.startswith("Flags"):
            session.notify(happening(kind, flags=(), flags_old=(), keywords=(), keywords_old=()))


def rollback(session: Session) -> None:
    """
    A transaction that fails: begin and end, and no handler.
    """
    session.rollback(*(happening(MessageAppend, uid=uid) for uid in (1, 2)))


def several(session: Session) -> None:
    """
    Three messages in two mailboxes at once, and two transactions that overlap.
    """
    session.notify(*(happening(MessageNew, uid=uid) for uid in (1, 2, 3)))
    with session.transaction() as outer:
        outer.notify(happening(MessageNew, uid=4))
        outer.notify(happening(MessageRead, uid=4))
        with session.transaction() as inner:
            inner.notify(happening(MessageAppend, mailbox="Archive", uid=1))


def one_message(session: Session) -> None:
    """
    One delivery.
    """
    session.notify(happening(MessageNew))


def gone(session: Session) -> None:
    """
    A mailbox is deleted while messages in it are being told of.
    """
    with session.transaction() as transaction:
        for mailbox in ("Archive", "Drafts", "INBOX"):
            transaction.notify(happening(MessageNew, mailbox=mailbox))
        for mailbox in ("Archive", "Drafts"):
            transaction.notify(happening(MailboxDelete, mailbox=mailbox))


class Trial(NamedTuple):
    """
    Something that happens to a script.

    Attributes:
        words: What, to follow "when".

        reply: What the endpoint does with every request.

        act: What happens in the mailboxes.

        confirms: Whether an error here is found only if a rule has foreseen it: some errors are the script's
            good right.
    """

    words: str
    reply: Answer | Fault
    act: Callable[[Session], None]
    confirms: bool = False


GOOD = Answer(200, json={"status": "ok"})

TRIALS = (
    Trial("each of the twelve events happens", GOOD, each_event),
    Trial("a message has no headers", GOOD, no_headers),
    Trial("a transaction is rolled back", GOOD, rollback),
    Trial("several messages come at once", Answer(204), several),
    Trial("nothing listens at the endpoint", Fault("refused"), several),
    Trial("the endpoint answers 503", Answer(503, body="<html>busy</html>"), one_message),
    Trial("the endpoint never answers", Fault("read_timeout"), one_message),
    Trial("a mailbox is deleted meanwhile", GOOD, gone, confirms=True),
)
"""In this order; a dialect in which a script cannot be loaded has the first one only."""
