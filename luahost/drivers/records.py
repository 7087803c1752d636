"""
What drivers are told of a message or mailbox: records, as Dovecot makes them from what happened.

All drivers of a transaction share its records, and that shows. A mailbox event is recorded once for
each driver that registered its type. A message's event is recorded once, but each registration adds its
keywords again, and the order of records is that of the registrations. Data of saved messages is there
if some driver asked for it; an event that nobody registered, and a saved message of which nobody asked
anything, is no record at all.

Found by asking Dovecot 2.3.19.1; 2.4.1 does the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from luahost.dataclass import replace
from luahost.events import (
    Event,
    FlagsClear,
    FlagsSet,
    MailboxEvent,
    MessageEvent,
    MessageRead,
    MessageTrash,
    SavedMessageEvent,
)

if TYPE_CHECKING:
    from luahost.drivers.driver import Registration

SAVED_DATA = frozenset({"date", "from", "to", "subject", "snippet", "message_id", "flags", "keywords"})
"""Data of MessageNew and MessageAppend that drivers ask for. The offset belongs to the date."""

OLD_DATA = frozenset({"flags_old", "keywords_old"})
"""Data of FlagsClear that drivers ask for."""

ALL_DATA = SAVED_DATA | OLD_DATA


NOTHING = frozenset[str]()


class Record(NamedTuple):
    """
    One event of a message or mailbox.

    Attributes:
        event: What happened.

        missing: Names of the data that nobody asked for.

        log_prefix: What stands before log lines about it: that of the driver whose record it is. Not there if
            only one driver registered the event.
    """

    event: Event
    missing: frozenset[str] = NOTHING
    log_prefix: str = ""


class Changed(NamedTuple):
    """
    A mailbox that changed, or a message that did.

    Attributes:
        mailbox: The mailbox's name.

        uid: The message's UID, None for a mailbox as a whole; ``uid_validity`` likewise.
    """

    mailbox: str
    uid: int | None = None
    uid_validity: int | None = None


def changes(events: Iterable[Event]) -> Iterator[tuple[Changed, list[Event]]]:
    """
    A transaction's events by message or mailbox, in order. Each mailbox event stands alone: in Dovecot
    it is a transaction of its own.
    """
    latest: Changed | None = None
    run: list[Event] = []
    for event in events:
        if isinstance(event, MessageEvent):
            changed = Changed(event.mailbox, event.uid, event.uid_validity)
        else:
            changed = Changed(event.mailbox)
        if latest is not None and (changed != latest or changed.uid is None):
            yield latest, run
            run = []
        latest = changed
        run.append(event)
    if latest is not None:
        yield latest, run


def records(events: Sequence[Event], registrations: Sequence[Registration]) -> list[Record]:
    """
    The records of one message's or mailbox's events, for drivers with these registrations.
    """
    found: list[Record] = []
    for event in _in_order(events, registrations) if len(events) > 1 else events:
        registered = [one for one in registrations if type(event) in one.events]
        if isinstance(event, MailboxEvent):
            found += (Record(event, log_prefix=one.log_prefix) for one in registered)
        elif registered:
            found += _message_record(event, registered)
    return found


def _message_record(event: Event, registered: Sequence[Registration]) -> Sequence[Record]:
    if len(registered) == 1 and registered[0].data == ALL_DATA:
        # All is as it happened.
        return (Record(event),)
    asked = NOTHING.union(*(one.data for one in registered))
    whose = registered[0].log_prefix
    match event:
        case SavedMessageEvent():
            asking = (one.log_prefix for one in registered if one.data & SAVED_DATA)
            return tuple(Record(event, SAVED_DATA - asked, whose) for whose in itertools.islice(asking, 1))
        case FlagsSet():
            return (Record(replace(event, keywords=event.keywords * len(registered)), log_prefix=whose),)
        case FlagsClear():
            kept = sum("keywords_old" in one.data for one in registered)
            missing = OLD_DATA - asked
            if "keywords_old" not in registered[0].data:
                # The list is made with the record, if its first driver wants it, and never later.
                missing |= {"keywords_old"}
            times = len(registered)
            keywords, keywords_old = event.keywords * times, event.keywords_old * kept
            return (Record(replace(event, keywords=keywords, keywords_old=keywords_old), missing, whose),)
        case _:
            return (Record(event, log_prefix=whose),)


FLAG_EVENTS = (FlagsClear, FlagsSet, MessageRead, MessageTrash)


def _in_order(events: Sequence[Event], registrations: Sequence[Registration]) -> Sequence[Event]:
    """
    What a change of flags and keywords tells, in the order of the records. Flags come first, keywords
    after; in both each registration makes the records of its types that are not there yet. With one
    driver this is the order in which events come in.
    """
    order: list[type[Event]] = list(
        dict.fromkeys(kind for one in registrations for kind in one.events if kind in FLAG_EVENTS)
    )
    if order == [kind for kind in FLAG_EVENTS if kind in order]:
        return events
    by_flags = any(_tells_of_flags(event) for event in events)

    def place(event: Event) -> tuple[bool, int]:
        made_by_flags = bool(event.flags) if isinstance(event, FlagsSet) else by_flags
        return not made_by_flags, order.index(type(event))

    in_order = iter(sorted((event for event in events if type(event) in order), key=place))
    return [next(in_order) if type(event) in order else event for event in events]


def _tells_of_flags(event: Event) -> bool:
    """
    Whether system flags have changed, not only keywords.
    """
    match event:
        case FlagsClear():
            return bool(event.flags or event.flags_old)
        case FlagsSet():
            return bool(event.flags)
        case _:
            return isinstance(event, MessageRead | MessageTrash)
