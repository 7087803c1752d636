"""
The order of a transaction, seen by drivers that only take notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from luahost.drivers import Changed, Driver, Record, Registration
from luahost.effects import Effects, Log, NamedEvent, Print
from luahost.events import Event, MailboxCreate, MailboxDelete, MessageNew
from luahost.transaction import Transaction

CREATE = MailboxCreate(mailbox="Work")
NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=1)
DELETE = MailboxDelete(mailbox="Work")

EVERYTHING = Registration()


class Notes(Driver):
    """
    A driver that notes what it is told, in a list that it may share, and says so in the effects.
    """

    def __init__(
        self,
        notes: list[str],
        effects: Effects,
        name: str = "a",
        registration: Registration | None = EVERYTHING,
    ) -> None:
        self._notes = notes
        self._effects = effects
        self._name = name
        self._registration = registration

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        self._note(f"begin {transaction}")
        return self._registration

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        for record in records:
            self._note(f"{record.event.name} {transaction}")

    def end(self, transaction: int, *, success: bool) -> None:
        self._note(f"end {transaction} {success}")

    def _note(self, text: str) -> None:
        self._notes.append(f"{self._name}: {text}")
        self._effects.add(Print(text=text))


class Session:
    """
    What a transaction needs of a session.
    """

    def __init__(
        self, *, names: Iterable[str] = "a", bored: str = "", debug: bool = False, shared: bool = False
    ) -> None:
        self.notes: list[str] = []
        self.effects = Effects()
        self._drivers = [
            Notes(self.notes, self.effects, name, None if name in bored else EVERYTHING) for name in names
        ]
        self._debug = debug
        self._shared = shared
        self._number = 0

    def transaction(self) -> Transaction:
        return Transaction(
            self._drivers,
            self.effects,
            next_number=self._next,
            committed=lambda events: self.notes.extend(f"committed {event.name}" for event in events),
            debug=self._debug,
            shared=self._shared,
        )

    def _next(self) -> int:
        self._number += 1
        return self._number


def test_begin_comes_with_the_first_event() -> None:
    """
    Drivers begin at the first event and hear of none before the commit.
    """
    session = Session()
    transaction = session.transaction()
    assert session.notes == []

    transaction.notify(CREATE)
    transaction.notify(DELETE)
    assert session.notes == ["a: begin 1"]

    transaction.commit()
    assert session.notes == [
        "a: begin 1",
        "committed MailboxCreate",
        "committed MailboxDelete",
        "a: MailboxCreate 1",
        "a: MailboxDelete 1",
        "a: end 1 True",
    ]


@pytest.mark.parametrize("finish", ["commit", "rollback"])
def test_nothing_happened(finish: str) -> None:
    """
    A transaction without events never begins, gets no number and tells nobody.
    """
    session = Session()
    transaction = session.transaction()
    getattr(transaction, finish)()

    assert session.notes == []
    assert transaction.number is None


def test_rollback() -> None:
    """
    After a rollback drivers hear the end without success, and of no event; the store learns nothing.
    """
    session = Session()
    transaction = session.transaction()
    transaction.notify(CREATE)
    transaction.rollback()

    assert session.notes == ["a: begin 1", "a: end 1 False"]


def test_block_commits() -> None:
    """
    A block that ends commits.
    """
    session = Session()
    with session.transaction() as transaction:
        transaction.notify(CREATE)

    assert session.notes[-1] == "a: end 1 True"


def test_block_rolls_back() -> None:
    """
    A block that raises rolls back, and the exception goes on.
    """
    session = Session()

    def failing_operation() -> None:
        with session.transaction() as transaction:
            transaction.notify(CREATE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_operation()

    assert session.notes == ["a: begin 1", "a: end 1 False"]


def test_block_that_finished_itself() -> None:
    """
    A block that has committed or rolled back by itself is left as it is.
    """
    session = Session()
    with session.transaction() as transaction:
        transaction.notify(CREATE)
        transaction.rollback()

    assert session.notes == ["a: begin 1", "a: end 1 False"]


@pytest.mark.parametrize("first", ["commit", "rollback"])
@pytest.mark.parametrize("then", ["commit", "rollback", "notify"])
def test_over(first: str, then: str) -> None:
    """
    A transaction that is over stays so.
    """
    transaction = Session().transaction()
    transaction.notify(CREATE)
    getattr(transaction, first)()

    with pytest.raises(RuntimeError, match="this transaction is over"):
        getattr(transaction, then)(*([CREATE] if then == "notify" else []))


def test_several_drivers() -> None:
    """
    Event by event, driver by driver; begin and end in the order of the drivers.
    """
    session = Session(names="ab")
    with session.transaction() as transaction:
        transaction.notify(CREATE)
        transaction.notify(DELETE)

    assert [note for note in session.notes if not note.startswith("committed")] == [
        "a: begin 1",
        "b: begin 1",
        "a: MailboxCreate 1",
        "b: MailboxCreate 1",
        "a: MailboxDelete 1",
        "b: MailboxDelete 1",
        "a: end 1 True",
        "b: end 1 True",
    ]


def test_uninterested_driver() -> None:
    """
    A driver that does not want to hear of a transaction hears nothing more of it, end included.
    """
    session = Session(names="ab", bored="a")
    session.transaction().commit()
    with session.transaction() as transaction:
        transaction.notify(CREATE)

    assert session.notes == [
        "a: begin 1",
        "b: begin 1",
        "committed MailboxCreate",
        "b: MailboxCreate 1",
        "b: end 1 True",
    ]


def test_overlapping_transactions() -> None:
    """
    Two open transactions, as in a MOVE, keep their numbers, and effects carry the right one.
    """
    session = Session()
    target, source = session.transaction(), session.transaction()
    target.notify(CREATE)
    source.notify(DELETE)
    target.commit()
    source.rollback()

    assert [note for note in session.notes if not note.startswith("committed")] == [
        "a: begin 1",
        "a: begin 2",
        "a: MailboxCreate 1",
        "a: end 1 True",
        "a: end 2 False",
    ]
    assert [effect.transaction for effect in session.effects] == [1, 2, 1, 1, 2]


def test_effects_outside_of_transactions() -> None:
    """
    Once a transaction is over, effects carry no number any more.
    """
    session = Session()
    with session.transaction() as transaction:
        transaction.notify(CREATE)
        session.effects.add(Print(text="between"))
    session.effects.add(Print(text="after"))

    numbers = {effect.text: effect.transaction for effect in session.effects.of(Print)}
    assert numbers["between"] is None
    assert numbers["after"] is None
    assert numbers["MailboxCreate 1"] == 1


@pytest.mark.parametrize(
    ("event", "fields"), [(CREATE, {"mailbox": "Work"}), (NEW, {})], ids=["mailbox", "message"]
)
def test_completed(event: Event, fields: dict[str, str]) -> None:
    """
    With debugging on the framework ends with an event and a line of its own, after the drivers.
    """
    session = Session(debug=True)
    with session.transaction() as transaction:
        transaction.notify(event)

    prefix = "push-notification: "
    assert list(session.effects)[-2:] == [
        NamedEvent(name="push_notification_finished", fields=fields, source="driver", transaction=1),
        Log(
            level="debug",
            text=prefix + "Push notification transaction completed",
            prefix=prefix,
            source="driver",
            transaction=1,
        ),
    ]


@pytest.mark.parametrize(("debug", "finish"), [(False, "commit"), (True, "rollback")])
def test_nothing_is_completed(debug: bool, finish: str) -> None:
    """
    Without debugging, or after a rollback, it says nothing.
    """
    session = Session(debug=debug)
    transaction = session.transaction()
    transaction.notify(CREATE)
    getattr(transaction, finish)()

    assert session.effects.of(Log) == []
    assert session.effects.of(NamedEvent) == []
