"""
What a test does to a session: everything that opens push transactions.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, Unpack

from luahost.clock import Clock
from luahost.errors import UsageError
from luahost.events import Event
from luahost.host import Session
from luahost.sources import inputs
from luahost.store import MailClient
from luahost.store.operations import NewMessage, Operation
from luahost.testing.happenings import Happenings
from luahost.testing.messages import MessageSource, message_fields
from luahost.testing.written_mail import MailWords


class Happens(Protocol):
    """
    Anything that can happen to a session; a step of ``luahost.sources`` is one.
    """

    def perform(self, session: Session) -> None:
        """
        Let it happen.
        """


class Acts(MailClient):
    """
    The methods of :class:`luahost.Session`, ``deliver``, ``append``, ``store``, ``read``, ``copy``, ``move``,
    ``expunge``, ``create``, ``delete``, ``rename``, ``subscribe``, ``unsubscribe``, ``notify``, ``rollback``,
    with messages as tests have them; and ``replay``.

    Attributes:
        last: What the last act did.
    """

    def __init__(self, session: Session, *, clock: Clock, folder: str) -> None:
        self._session = session
        self._clock = clock
        self._folder = folder
        self._acting = False
        self.last = Happenings(())

    def _act(self) -> AbstractContextManager[None]:
        """
        One act, and what it does; the acts that it consists of are none of their own.

        Raises:
            UsageError: The session has not begun, or is over.
        """
        if not self._session.entered:
            raise UsageError("the session has not begun, or is over; it is open within its `with` block")
        return self._looking()

    @contextmanager
    def _looking(self) -> Iterator[None]:
        if self._acting:
            yield
            return
        self._acting = True
        start = len(self._session.effects)
        try:
            yield
        finally:
            self._acting = False
            self.last = Happenings(self._session.effects[start:])

    def perform(self, operation: Operation) -> None:
        """
        Carry out an operation, with the transactions that it opens.

        Raises:
            UsageError: The mail store refuses it; in the words of IMAP's answer.
        """
        with self._act():
            self._session.perform(operation)

    def happen(self, what: Happens) -> None:
        """
        Let something happen to the session, such as a step of a fixture.
        """
        with self._act():
            what.perform(self._session)

    def replay(self, file: str | os.PathLike[str], *, user: str | None = None) -> None:
        """
        What a file says happens: a message, the steps of a fixture, or a recording. Whose session it is, what
        settings there are and what is in the mailboxes is not the file's to say here.

        Args:
            file: An INPUT of ``luahost run``.

            user: Whose transactions to take of a recording of several users.

        Raises:
            InputError: It cannot be used as it stands.

            UsageError: Nothing is said of whose transactions to take, or there are none; or a mail server
                would refuse what happens.
        """
        path = os.path.join(self._folder, file)
        found = inputs(path, stdin=io.BytesIO())
        users = sorted({one.mail_user().username for one in found})
        if user is None and len(users) > 1:
            raise UsageError(f"{path} has transactions of {len(users)} users; say whose: user={users[0]!r}")
        if user is not None and user not in users:
            raise UsageError(f"{path} has nothing of the user {user!r}")
        with self._act():
            for one in found:
                if user in (None, one.mail_user().username):
                    for step in one.steps:
                        step.perform(self._session)

    def notify(self, *events: Event) -> None:
        """
        A transaction of these events.

        Raises:
            UsageError: There are none, for then Dovecot opens no transaction; or one is none.
        """
        _check_events("notify", events)
        with self._act():
            self._session.notify(*events)

    def rollback(self, *events: Event) -> None:
        """
        A transaction of these events that fails: begin and end, and no handler hears of it.

        Raises:
            UsageError: There are none, for then Dovecot opens no transaction; or one is none.
        """
        _check_events("rollback", events)
        with self._act():
            self._session.rollback(*events)

    def deliver(
        self,
        message: MessageSource | None = None,
        *,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        keywords: Sequence[str] = (),
        subscribe: bool = False,
        **words: Unpack[MailWords],
    ) -> None:
        """
        A message arrives, as by LMTP; its mailbox is made if need be and, if asked, subscribed to.

        Args:
            message: The message; without one it is written in ``words``.

            mailbox: Where it goes.

            flags: System flags that it comes with.

            keywords: Keywords that it comes with.

            subscribe: Whether a mailbox made for it is subscribed to.

            words: What a message that is written here says; see
                :class:`~luahost.testing.written_mail.MailWords`.
        """
        super().deliver(
            self._fields(message, words),
            mailbox=mailbox,
            flags=flags,
            keywords=keywords,
            subscribe=subscribe,
        )

    def append(
        self,
        *messages: MessageSource | NewMessage,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        fails: bool = False,
        **words: Unpack[MailWords],
    ) -> None:
        """
        Save messages, or one that is written in ``words``, with the same flags and keywords; if it ``fails``
        none is kept.
        """
        given = [one if isinstance(one, NewMessage) else self._fields(one, words) for one in messages]
        if not given:
            given = [self._fields(None, words)]
        super().append(*given, mailbox=mailbox, flags=flags, fails=fails)

    def _fields(self, message: MessageSource | None, words: MailWords) -> Mapping[str, Any]:
        return message_fields(message, words, folder=self._folder, now=self._clock.time())


def _check_events(act: str, events: Sequence[object]) -> None:
    if not events:
        raise UsageError(f"{act} takes the events of the transaction, such as luahost.MessageNew(…)")
    for event in events:
        if isinstance(event, type) and issubclass(event, Event):
            raise UsageError(
                f"{act} takes events, and {event.__name__} is a kind of them: {event.__name__}(…)"
            )
        if not isinstance(event, Event):
            raise UsageError(f"{act} takes events, such as luahost.MessageNew(…), and not {event!r}")
