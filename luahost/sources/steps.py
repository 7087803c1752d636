"""
Steps: what can happen to a session. Events are told of in one push transaction each; an operation
opens those that it opens in Dovecot, be it none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from luahost.dataclass import dataclass
from luahost.errors import InputError, UsageError
from luahost.events import Event, MessageEvent
from luahost.message import MessageFields
from luahost.store.operations import Operation

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
    subscribe: bool = False

    def perform(self, session: Session) -> None:
        """
        Deliver it.
        """
        session.deliver(
            self.message,
            mailbox=self.mailbox,
            flags=self.flags,
            keywords=self.keywords,
            subscribe=self.subscribe,
        )


@dataclass(frozen=True, slots=True)
class Perform:
    """
    An operation on mail, with the place that asks for it.

    Attributes:
        file: The fixture.

        line: The operation's line in it.
    """

    operation: Operation
    file: str
    line: int

    def perform(self, session: Session) -> None:
        """
        Let the operation open the transactions that it opens.

        Raises:
            InputError: A mail server would refuse the operation.
        """
        try:
            session.perform(self.operation)
        except UsageError as error:
            raise InputError(str(error), file=self.file, line=self.line) from None


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
