"""
``Input``: what one argument of ``luahost run`` says, whatever it was written in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass, field
from luahost.events import MailboxSubscribe
from luahost.sources.steps import Step
from luahost.store import MailUser, MemoryStore

DEFAULT_USERNAME = "bob"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageState:
    r"""
    A message that is in a mailbox before anything happens.

    Attributes:
        flags: System flags; the message is recent only with ``\Recent`` among them.
    """

    uid: int
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """
    A mailbox before anything happens.

    Attributes:
        uid_validity: None for the store's choice.

        metadata: METADATA by full key, ``/private/comment``.
    """

    uid_validity: int | None = None
    messages: tuple[MessageState, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    subscribed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """
    What is there, and what happens.

    Attributes:
        name: The input as the operator named it.

        user: Fields of :class:`~luahost.store.MailUser`, ``username`` among them; None if the input
            names no user.

        settings: Plugin settings that the input brings along.

        mailboxes: The mailboxes before the first step, by name, and INBOX with them; if there are
            none, the user is new, and the first step that needs INBOX makes it.

        steps: What happens, one push transaction for each.
    """

    name: str
    user: Mapping[str, Any] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    mailboxes: Mapping[str, MailboxState] = field(default_factory=dict)
    steps: Sequence[Step]

    def mail_user(self, username: str | None = None) -> MailUser:
        """
        Whose session it is: the input's user, under this name if one is given.
        """
        fields = dict(self.user or {})
        name = username or fields.pop("username", DEFAULT_USERNAME)
        fields.pop("username", None)
        return MailUser(name, **fields)

    def prepare(self, store: MemoryStore, username: str) -> None:
        """
        Set up this user's mailboxes as they are before the first step.
        """
        prepare(store, username, self.mailboxes)


def prepare(store: MemoryStore, username: str, mailboxes: Mapping[str, MailboxState]) -> None:
    """
    Set up mailboxes of a user.
    """
    for name, state in mailboxes.items():
        # A user with any mailbox has INBOX: the store sees to that.
        mailbox = store.create(username, name, uid_validity=state.uid_validity)
        for key, value in state.metadata.items():
            store.set_metadata(username, name, key, value)
        for message in state.messages:
            flags = [flag for flag in message.flags if flag != "\\Recent"]
            mailbox.put(message.uid, flags, message.keywords).recent = "\\Recent" in message.flags
        if state.subscribed:
            store.observe(username, MailboxSubscribe(mailbox=name))
