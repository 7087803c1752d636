r"""
The mailboxes that a test begins with: ``["INBOX", "Work"]``, or with what is in them, in the words of
fixtures, ``{"INBOX": {"messages": [{"uid": 7, "flags": [r"\Seen"]}]}}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from luahost.errors import UsageError
from luahost.sources import MailboxState, MessageState

Mailboxes = Mapping[str, MailboxState | Mapping[str, Any]] | Iterable[str]
"""Names of mailboxes, or mailboxes by name."""


def mailbox_states(mailboxes: Mailboxes) -> dict[str, MailboxState]:
    """
    The mailboxes by name.

    Raises:
        UsageError: A mailbox or message has something that there is not, or a message no UID.
    """
    if not isinstance(mailboxes, Iterable) or isinstance(mailboxes, str):
        raise UsageError(f"mailboxes are a list of names or a mapping, not {mailboxes!r}")
    if not isinstance(mailboxes, Mapping):
        return {name: MailboxState() for name in mailboxes}
    return {name: _mailbox(name, state) for name, state in mailboxes.items()}


def _mailbox(name: str, state: MailboxState | Mapping[str, Any]) -> MailboxState:
    if isinstance(state, MailboxState):
        return state
    _check(state, MailboxState, f"the mailbox {name}")
    messages = tuple(_message(name, message) for message in state.get("messages", ()))
    return MailboxState(**{**state, "messages": messages})


def _message(name: str, message: MessageState | Mapping[str, Any]) -> MessageState:
    if isinstance(message, MessageState):
        return message
    _check(message, MessageState, f"a message in {name}")
    if "uid" not in message:
        raise UsageError(f"a message in {name} has no uid")
    return MessageState(**message)


def _check(given: object, kind: type[MailboxState] | type[MessageState], what: str) -> None:
    known = [field.name for field in fields(kind)]
    if not isinstance(given, Mapping):
        raise UsageError(f"{what} is a mapping with {', '.join(known)}, not {given!r}")
    for key in given:
        if key not in known:
            raise UsageError(f"{what} has no {key}; there are {', '.join(known)}")
