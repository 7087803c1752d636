"""
The dlog driver: a line in the mail log for whatever it is told, and for each of its own hooks.

2.3 writes plain debug messages, 2.4 puts the mailbox and ``dlog:`` in front; both write them whether or not
debugging is on. By the documents, which only say that notifications end up in the debug log, there is one
readable line an event.

Dovecot's driver asks for no data of messages and prints those that another driver asked for, in 2.4 with that
driver's prefix; alone it has nothing to say of a saved message but which one it is. The date it prints is
wrong: the clock of UTC with the offset of the sender. (Seen in Dovecot 2.3.19.1; 2.4.1 differs in the
prefixes.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from luahost.dataclass import fields
from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.records import Changed, Record
from luahost.effects import Log
from luahost.events import (
    Event,
    FlagsClear,
    FlagsSet,
    MailboxCreate,
    MailboxDelete,
    MailboxRename,
    MailboxSubscribe,
    MailboxUnsubscribe,
    MessageExpunge,
    MessageRead,
    MessageTrash,
    SavedMessageEvent,
)
from luahost.message import fit_date

PREFIX = "dlog: "
CALLED = "Called {} push_notification plugin hook."

FLAGS = ("Answered", "Flagged", "Deleted", "Seen", "Draft")

WORDS: dict[type[Event], str] = {
    MailboxCreate: "Mailbox was created",
    MailboxDelete: "Mailbox was deleted",
    MailboxSubscribe: "Mailbox was subscribed to",
    MailboxUnsubscribe: "Mailbox was subscribed to",  # sic
    MessageRead: "Message was flagged as seen",
    MessageTrash: "Message was marked as deleted",
    MessageExpunge: "Message was expunged",
}
"""What Dovecot says of events without data."""


def dlog_driver(entry: DriverEntry, context: DriverContext) -> Driver:
    """
    The driver as the dialect has it.
    """
    if context.dialect.dlog_lines == "one an event":
        return ReadableDlogDriver(context)
    return DlogDriver(entry, context)


class ReadableDlogDriver(Driver):
    """
    The driver by the documents.
    """

    def __init__(self, context: DriverContext) -> None:
        self._effects = context.effects

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        A line for each event, with every field that says something.
        """
        for record in records:
            event = record.event
            named = {f.name.rstrip("_"): getattr(event, f.name) for f in fields(event) if f.name != "headers"}
            said = [f"{name}={shown(value)}" for name, value in named.items() if value not in (None, "", ())]
            text = f"{PREFIX}{event.name} {' '.join(said)}"
            self._effects.add(Log(level="debug", text=text, prefix=PREFIX, source="driver"))


def shown(value: object) -> str:
    """
    A field's value in one line.
    """
    return json.dumps(value, ensure_ascii=False)


class DlogDriver(Driver):
    """
    The driver as Dovecot has it.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._options = entry.text
        self._dialect = context.dialect
        self._prefixed = context.dialect.dlog_lines == "prefixed"
        self._effects = context.effects
        self._mailboxes: dict[int, str] = {}

    def open(self) -> bool:
        """
        Say so, in 2.3 with the options.
        """
        self._line(CALLED.format("init"), PREFIX)
        if self._options is not None and not self._prefixed:
            self._line(f"Config string for dlog push_notification driver: {self._options}")
        return True

    def begin(self, transaction: int, mailbox: str) -> Registration:
        """
        Register every event, and ask for no data.
        """
        self._mailboxes[transaction] = mailbox
        self._told(transaction, CALLED.format("begin_txn"))
        return Registration(data=frozenset(), log_prefix=self._mailbox_prefix(transaction))

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Say what has changed, and then what its records tell.
        """
        hook, what, words = "process_mbox", "Mailbox", f"Mailbox [{changed.mailbox}]"
        if changed.uid is not None:
            hook, what = "process_msg", "Message"
            words += f", UID [{changed.uid}], UIDVALIDITY [{changed.uid_validity}]"
        self._told(transaction, CALLED.format(hook))
        self._told(transaction, f"{what} data: {words}")
        for record in records:
            for line in self._lines_of(record):
                self._line(f"{record.event.name}: {line}", record.log_prefix)

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Say so.
        """
        self._told(transaction, CALLED.format("end_txn"))
        del self._mailboxes[transaction]

    def close(self) -> None:
        """
        Say so, twice as Dovecot does.
        """
        self._line(CALLED.format("deinit"), PREFIX)
        self._line(CALLED.format("cleanup"))

    def _lines_of(self, record: Record) -> Iterator[str]:
        match record.event:
            case FlagsSet() as event:
                yield from _flag_lines(event, "{} flag set", "Keyword set [{}]")
            case FlagsClear() as event:
                yield from _flag_lines(event, "{} flag cleared", "Keyword clear [{}]")
            case SavedMessageEvent() as event:
                yield from self._saved_lines(event, record.missing)
            case MailboxRename() as event:
                yield f"Mailbox was renamed (old name: {event.mailbox_old})"
            case event:
                yield WORDS[type(event)]

    def _saved_lines(self, event: SavedMessageEvent, missing: frozenset[str]) -> Iterator[str]:
        seconds = fit_date(event.date, self._dialect.date_range)
        found = {
            "date": wrong_date(seconds, event.tz),
            "from": event.header("from"),
            "snippet": event.snippet,
            "subject": event.header("subject"),
            "to": event.header("to"),
        }
        for name, value in found.items():
            if value is not None and name not in missing:
                yield f"{name.capitalize()} [{value}]"

    def _told(self, transaction: int, words: str) -> None:
        self._line(words, self._mailbox_prefix(transaction))

    def _mailbox_prefix(self, transaction: int) -> str:
        return f"Mailbox {self._mailboxes[transaction]}: {PREFIX}"

    def _line(self, words: str, prefix: str = "") -> None:
        prefix = prefix if self._prefixed else ""
        self._effects.add(Log(level="debug", text=prefix + words, prefix=prefix, source="driver"))


def _flag_lines(event: FlagsSet | FlagsClear, flag_words: str, keyword_words: str) -> Iterator[str]:
    yield from (flag_words.format(flag) for flag in FLAGS if f"\\{flag}" in event.flags)
    yield from (keyword_words.format(keyword) for keyword in event.keywords)


def wrong_date(seconds: int, offset_minutes: int) -> str:
    """
    A date as Dovecot prints it here: the time in UTC, with the sender's offset behind it.
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'-' if offset_minutes < 0 else '+'}{hours:02}:{minutes:02}"
