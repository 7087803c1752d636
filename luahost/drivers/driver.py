"""
A push driver, as the life of a transaction in no-op methods.

Dovecot opens a transaction at its first event. A driver answers then which types of events it
registers, and of saved messages, which data. Only after the commit it is told of what happened, one
call for each message or mailbox (Dovecot's ``process_msg`` and ``process_mbox``) with its records,
and then the transaction ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from luahost.dataclass import dataclass
from luahost.drivers.records import ALL_DATA, Changed, Record, changes, records
from luahost.events import EVENTS, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    What a driver answers when a transaction begins.

    Attributes:
        events: The types of events that it registers, in this order.

        data: What it asks for of the fields in ``records.ALL_DATA``.

        log_prefix: What stands before log lines about its records.

        takes_part: Whether it is told anything. A Lua driver whose ``begin_txn`` raised is not, though
            Dovecot has its registrations by then, and keeps them.
    """

    events: Sequence[type[Event]] = EVENTS
    data: frozenset[str] = ALL_DATA
    log_prefix: str = ""
    takes_part: bool = True


class Driver:
    """
    One entry of the list of drivers, for one session of one user.

    Attributes:
        label: Which of several drivers it is: the name of its setting or block; None if it is alone.

        unread: What to say of its script if that could not be read; None if it could.

        silent: Why it has told nobody of anything, where Dovecot says so with debugging only.
    """

    label: str | None = None
    unread: str | None = None
    silent: str | None = None

    def open(self) -> bool:
        """
        The session begins. Whether the driver could be started; if not, it has logged why.
        """
        return True

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        """
        The transaction has its first event, in this mailbox. What the driver wants to hear of; None if
        nothing.
        """
        return Registration()

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        A message or mailbox has changed, and this has been committed.
        """

    def end(self, transaction: int, *, success: bool) -> None:
        """
        The transaction is over; without ``success`` nothing of it came to be.
        """

    def conclude(
        self, transaction: int, told: Iterable[tuple[Changed, Sequence[Record]]], *, success: bool
    ) -> None:
        """
        All that has changed, and then the end: what a driver hears that has the transaction to itself.
        """
        for changed, of_one in told:
            self.process(transaction, changed, of_one)
        self.end(transaction, success=success)

    def transact(self, transaction: int, events: Sequence[Event], committed: Callable[[], None]) -> bool:
        """
        A whole transaction, all of which is known: what a driver hears that is alone. ``committed`` is to be
        called before it is told what happened, and after it knows that the transaction has begun. Whether it
        was told.
        """
        registration = self.begin(transaction, events[0].mailbox)
        committed()
        takes_part = registration is not None and registration.takes_part
        if registration is not None and takes_part:
            told = ((changed, records(of_one, [registration])) for changed, of_one in changes(events))
            self.conclude(transaction, told, success=True)
        return takes_part

    def settle(self, transaction: int) -> None:
        """
        The transaction is over for every driver. One that has to wait for somebody can do so now and holds up
        no other.
        """

    def kills(self) -> bool:
        """
        The session is about to end. Whether Dovecot's process dies here; if so, the effects say why.
        """
        return False

    def close(self) -> None:
        """
        The session ends.
        """
