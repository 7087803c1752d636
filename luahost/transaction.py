"""
One push transaction: begin, what happened, end.

Dovecot opens a transaction at the first event, before the commit, and tells drivers of the events
only after it, so a rolled-back operation is never announced: begin, no handlers, ``end`` without
success. A transaction without events never begins. Drivers begin and end in their order; in between,
message by message, each is told in turn. Last, each may finish what it has under way.

Knows drivers and events, and nothing of Lua: the Lua driver is one driver among others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

from luahost.drivers import Driver, Record, Registration, changes, records
from luahost.effects import Effects, Log, NamedEvent
from luahost.events import Event, MailboxEvent


class Transaction:
    """
    A transaction of one session; made by ``Session.transaction()``.

    As a context manager it commits at the end of the block, or rolls back if the block raises.

    Attributes:
        number: Its place among the session's transactions that began, from 1; None before its first
            event.
    """

    __slots__ = (
        "_committed",
        "_committed_once",
        "_debug",
        "_drivers",
        "_effects",
        "_events",
        "_next_number",
        "_over",
        "_registrations",
        "_shared",
        "_told",
        "number",
    )

    def __init__(
        self,
        drivers: Sequence[Driver],
        effects: Effects,
        *,
        next_number: Callable[[], int],
        committed: Callable[[Sequence[Event]], None],
        debug: bool,
        shared: bool = True,
    ) -> None:
        self.number: int | None = None
        self._drivers = drivers
        self._shared = shared
        self._registrations: list[Registration] = []
        self._told: list[tuple[Driver, Registration]] = []
        self._effects = effects
        self._next_number = next_number
        self._committed = committed
        self._debug = debug
        self._committed_once = False
        self._events: list[Event] = []
        self._over = False

    def notify(self, event: Event) -> None:
        """
        Something happened. The first event opens the transaction; handlers hear of it at the commit.

        Raises:
            RuntimeError: The transaction is over.
        """
        self._check_not_over()
        if self.number is None:
            self.number = self._next_number()
            self._begin(self.number, event.mailbox)
        self._events.append(event)

    def commit(self) -> None:
        """
        What happened has come to be: tell every driver, event by event, and end with success.

        Raises:
            RuntimeError: The transaction is over.
        """
        self._check_not_over()
        try:
            self._committed(self._events)
        except BaseException:
            # What cannot be committed is rolled back, in Dovecot too.
            self.rollback()
            raise
        self._finish(success=True)

    def perform(self, events: Sequence[Event]) -> None:
        """
        All of it at once: these events happen, and it is committed. What is committed here can be; the
        transaction is new.
        """
        if len(self._drivers) > 1 or not self._drivers or not events:
            for event in events:
                self.notify(event)
            self.commit()
            return
        [driver] = self._drivers
        self._over = True
        self._events = [*events]
        self.number = number = self._next_number()
        effects = self._effects
        before = effects.transaction, effects.driver
        effects.work_on(number, driver.label)
        try:
            takes_part = driver.transact(number, self._events, self._commit_once)
            if not self._committed_once:
                self._commit_once()
            if self._debug:
                effects.work_on(number, None)
                self._completed()
                effects.work_on(number, driver.label)
            if takes_part:
                driver.settle(number)
        finally:
            effects.work_on(*before)

    def _commit_once(self) -> None:
        self._committed_once = True
        self._committed(self._events)

    def rollback(self) -> None:
        """
        Nothing of it came to be: end without success.

        Raises:
            RuntimeError: The transaction is over.
        """
        self._check_not_over()
        self._events.clear()
        self._finish(success=False)

    @property
    def over(self) -> bool:
        """
        Whether it has been committed or rolled back.
        """
        return self._over

    def _check_not_over(self) -> None:
        if self._over:
            raise RuntimeError("this transaction is over")

    def _begin(self, number: int, mailbox: str) -> None:
        effects = self._effects
        before = effects.transaction, effects.driver
        try:
            for driver in self._drivers:
                effects.work_on(number, driver.label)
                registration = driver.begin(number, mailbox)
                if registration is not None:
                    self._registrations.append(registration)
                    if registration.takes_part:
                        self._told.append((driver, registration))
        finally:
            effects.work_on(*before)

    def _finish(self, *, success: bool) -> None:
        self._over = True
        if self.number is None:
            return
        effects = self._effects
        before = effects.transaction, effects.driver
        try:
            self._tell(self.number, success=success)
        finally:
            effects.work_on(*before)

    def _tell(self, number: int, *, success: bool) -> None:
        work_on = self._effects.work_on
        if len(self._told) == 1:
            [(driver, registration)] = self._told
            work_on(number, driver.label)
            all_told = (
                (changed, self._records(events, registration)) for changed, events in changes(self._events)
            )
            driver.conclude(number, all_told, success=success)
        else:
            self._tell_in_turn(number, success=success)
        if self._debug and success:
            work_on(number, None)
            self._completed()
        for driver, _ in self._told:
            work_on(number, driver.label)
            driver.settle(number)

    def _tell_in_turn(self, number: int, *, success: bool) -> None:
        work_on = self._effects.work_on
        for changed, events in changes(self._events):
            for driver, registration in self._told:
                work_on(number, driver.label)
                driver.process(number, changed, self._records(events, registration))
        for driver, _ in self._told:
            work_on(number, driver.label)
            driver.end(number, success=success)

    def _records(self, events: Sequence[Event], registration: Registration) -> Sequence[Record]:
        return records(events, self._registrations if self._shared else [registration])

    def _completed(self) -> None:
        """
        What the framework itself says in the end, if nothing was rolled back.
        """
        named = [event.mailbox for event in self._events if isinstance(event, MailboxEvent)]
        fields = {"mailbox": named[0]} if named else {}
        self._effects.add(NamedEvent(name="push_notification_finished", fields=fields, source="driver"))
        prefix = "push-notification: "
        words = prefix + "Push notification transaction completed"
        self._effects.add(Log(level="debug", text=words, prefix=prefix, source="driver"))

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._over:
            return
        if error is None:
            self.commit()
        else:
            self.rollback()
