"""
The seam ``MailStore``: what the ``dovecot`` API asks of a mail store.

Names are UTF-8 names as users see them, with ``/`` between levels; ``INBOX`` in any case is INBOX.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from luahost.dataclass import dataclass


class MailboxError(Exception):
    """
    A mailbox cannot be used, or not in this way; the text is Dovecot's, e.g. ``Mailbox doesn't exist: Work``.

    Attributes:
        code: IMAP's code for it (RFC 5530), ``NONEXISTENT``; None where Dovecot answers without one.
    """

    def __init__(self, words: str, *, code: str | None = None) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    r"""
    A mailbox at one moment.

    Attributes:
        messages: How many messages it holds.

        recent: How many of them are ``\Recent``.

        unseen: How many of them lack ``\Seen``.

        first_unseen_seq: Sequence number of the first unseen one, 0 if there is none.

        first_recent_uid: UID of the first recent one, or the next UID.

        keywords: Every keyword in use, in order of first use.
    """

    uid_validity: int
    uid_next: int
    messages: int
    recent: int
    unseen: int
    first_unseen_seq: int
    first_recent_uid: int
    highest_modseq: int
    keywords: tuple[str, ...]


class MailStore(Protocol):
    """
    Users' mailboxes and their METADATA, for reading by scripts.

    Attributes:
        attributes: Whether there is METADATA at all: Dovecot has it only with a dictionary to keep it in.

    Every method raises :class:`MailboxError` where Dovecot could not open the mailbox.
    """

    attributes: bool

    def open(self, user: str, mailbox: str) -> None:
        """
        Make sure that the mailbox can be opened.
        """

    def status(self, user: str, mailbox: str) -> MailboxStatus:
        """
        The mailbox as it is now.
        """

    def metadata(self, user: str, mailbox: str) -> Mapping[str, str]:
        """
        All METADATA of a mailbox, by full key.
        """

    def set_metadata(self, user: str, mailbox: str, key: str, value: str | None) -> None:
        """
        Set an entry, or remove it with None.
        """
