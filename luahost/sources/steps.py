"""
Steps: what can happen to a session, one push transaction each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from luahost.events import Event, MessageEvent
from luahost.message import MessageFields

if TYPE_CHECKING:
    from luahost.host import Session


class Step(Protocol):
    """
    Something that happens.
    """

    def perform(self, session: Session) -> None:
        """
        Let it happen in this session.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """
    A message arrives, as by LMTP.
    """

    message: MessageFields
    mailbox: str = "INBOX"
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    def perform(self, session: Session) -> None:
        """
        Deliver it.
        """
        session.deliver(self.message, mailbox=self.mailbox, flags=self.flags, keywords=self.keywords)


@dataclass(frozen=True, slots=True)
class Happening:
    """
    An event that may leave its UIDVALIDITY to the mailbox, which is not known before it happens.

    Attributes:
        kind: Which event.

        fields: Its fields, valid, by the names of ``luahost.events``.
    """

    kind: type[Event]
    fields: Mapping[str, Any]

    def event(self, session: Session) -> Event:
        """
        The event. A mailbox that is not there is made, as for a delivery.
        """
        fields = dict(self.fields)
        if issubclass(self.kind, MessageEvent) and "uid_validity" not in fields:
            username = session.user.username
            _, fields["uid_validity"] = session.mail_store.next_message(username, fields["mailbox"])
        return self.kind(**fields)


@dataclass(frozen=True, slots=True)
class Notify:
    """
    A transaction of these events.
    """

    events: tuple[Happening, ...]

    def perform(self, session: Session) -> None:
        """
        Begin, tell of each and end with success.
        """
        session.notify(*(happening.event(session) for happening in self.events))


@dataclass(frozen=True, slots=True)
class Rollback:
    """
    A transaction of these events that fails.
    """

    events: tuple[Happening, ...]

    def perform(self, session: Session) -> None:
        """
        Begin and end without success.
        """
        session.rollback(*(happening.event(session) for happening in self.events))
