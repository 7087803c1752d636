"""
The kinds of mail storage, as far as events show which one it is.
"""

from __future__ import annotations

from luahost.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """
    A ``mail_driver`` of Dovecot with its usual layout of folders.

    Attributes:
        forbidden: Characters that no name may have.

        inbox_is_root: Whether INBOX is the folder that all other mailboxes are in, so that it comes
            with the first of them.

        inbox_can_be_renamed: Whether RENAME takes INBOX.

        opening_looks: Whether a client that opens a message which came after it last looked for new ones
            looks again.

        directories: Whether ``A`` is there, though no mailbox, where ``A/B`` is.
    """

    forbidden: str
    inbox_is_root: bool
    inbox_can_be_renamed: bool
    opening_looks: bool
    directories: bool


MAILDIR = Storage(
    forbidden=".", inbox_is_root=True, inbox_can_be_renamed=False, opening_looks=True, directories=False
)
"""``maildir`` with the layout Maildir++."""

SDBOX = Storage(
    forbidden="", inbox_is_root=False, inbox_can_be_renamed=True, opening_looks=False, directories=True
)
"""``sdbox`` with the layout ``fs``."""
