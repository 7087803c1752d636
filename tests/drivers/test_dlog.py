"""
The dlog driver, line by line. The lines of 2.3 are those of a Dovecot 2.3.19.1 in which the same happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from luahost import message
from luahost.drivers import DriverEntry
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
    MessageAppend,
    MessageExpunge,
    MessageNew,
    MessageRead,
    MessageTrash,
)
from luahost.host import Host
from tests.conftest import WriteScript

MESSAGE: dict[str, Any] = {"mailbox": "INBOX", "uid": 1, "uid_validity": 7}
MAIL = message.read(
    b"From: =?utf-8?q?=C3=84lice?= <a@b>\r\nTo: bob@x,\r\n two@x\r\n"
    b"Subject: =?utf-8?q?S=C3=BCb?=\r\n folded\r\n"
    b"Date: Wed, 19 Jun 2019 12:42:00 +0300\r\n\r\nHello there\r\nyou\r\n"
)
MESSAGE_NEW = """
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new() end
"""

DLOG = DriverEntry(name="dlog")


def lines(*events: Event, drivers: Sequence[DriverEntry] = (DLOG,), dialect: str = "2.3") -> list[str]:
    """
    What dlog writes of a session with one transaction of these events.
    """
    with Host(drivers=drivers, dialect=dialect).session("bob") as session:
        session.notify(*events)
    logs = session.effects.of(Log)
    assert {(log.level, log.source) for log in logs} == {("debug", "driver")}
    assert all(log.text.startswith(log.prefix) for log in logs)
    return [log.text for log in logs]


def told(*events: Event, **options: Any) -> list[str]:
    """
    The lines of the events alone.
    """
    return [line for line in lines(*events, **options) if "Called" not in line and " data: " not in line]


def test_hooks_around_a_message() -> None:
    """
    Each hook has its line, and a message its UIDs.
    """
    assert lines(MessageExpunge(**MESSAGE)) == [
        "Called init push_notification plugin hook.",
        "Called begin_txn push_notification plugin hook.",
        "Called process_msg push_notification plugin hook.",
        "Message data: Mailbox [INBOX], UID [1], UIDVALIDITY [7]",
        "MessageExpunge: Message was expunged",
        "Called end_txn push_notification plugin hook.",
        "Called deinit push_notification plugin hook.",
        "Called cleanup push_notification plugin hook.",
    ]


def test_hooks_around_a_mailbox() -> None:
    """
    The same for a mailbox.
    """
    assert lines(MailboxCreate(mailbox="Work"))[2:5] == [
        "Called process_mbox push_notification plugin hook.",
        "Mailbox data: Mailbox [Work]",
        "MailboxCreate: Mailbox was created",
    ]


def test_2_4_puts_mailbox_and_driver_in_front() -> None:
    """
    In 2.4 lines of a transaction name its mailbox; the last line of all has no prefix.
    """
    assert lines(MailboxCreate(mailbox="Work"), dialect="2.4") == [
        "dlog: Called init push_notification plugin hook.",
        "Mailbox Work: dlog: Called begin_txn push_notification plugin hook.",
        "Mailbox Work: dlog: Called process_mbox push_notification plugin hook.",
        "Mailbox Work: dlog: Mailbox data: Mailbox [Work]",
        "Mailbox Work: dlog: MailboxCreate: Mailbox was created",
        "Mailbox Work: dlog: Called end_txn push_notification plugin hook.",
        "dlog: Called deinit push_notification plugin hook.",
        "Called cleanup push_notification plugin hook.",
    ]


def test_2_4_puts_the_driver_in_front_whose_record_it_is(script: WriteScript) -> None:
    """
    Of what is recorded once that is the first driver that registered it, of a saved message the first that
    asked for data. The lines are those of a Dovecot 2.4.1.
    """
    handlers = ("message_new", "flags_set", "mailbox_create")
    names = (f"dovecot_lua_notify_event_{name}" for name in handlers)
    text = "\n".join(
        ["function dovecot_lua_notify_begin_txn() end", *(f"function {name}() end" for name in names)]
    )
    lua = DriverEntry(
        name="lua", options={"lua_file": script(f"{text}\nfunction dovecot_lua_notify_end_txn() end")}
    )
    new = MessageNew(**MESSAGE, headers={"subject": "hi"}, snippet="body")
    flagged = FlagsSet(**MESSAGE, flags=("\\Flagged",))

    def prefixes(*drivers: DriverEntry) -> list[list[str]]:
        return [
            [line.partition(f"{event.name}: ")[0] for line in told(event, drivers=drivers, dialect="2.4")]
            for event in (new, flagged, MailboxCreate(mailbox="Work"))
        ]

    dlog = "Mailbox INBOX: dlog: "
    created = ["lua: ", "Mailbox Work: dlog: "]
    assert prefixes(lua, DLOG) == [["lua: "] * 3, ["lua: "], created]
    assert prefixes(DLOG, lua) == [["lua: "] * 3, [dlog], created[::-1]]
    assert prefixes(DLOG) == [[], [dlog], created[1:]]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (MailboxDelete(mailbox="A"), ["MailboxDelete: Mailbox was deleted"]),
        (
            MailboxRename(mailbox="B", mailbox_old="A"),
            ["MailboxRename: Mailbox was renamed (old name: A)"],
        ),
        (MailboxSubscribe(mailbox="A"), ["MailboxSubscribe: Mailbox was subscribed to"]),
        (MailboxUnsubscribe(mailbox="A"), ["MailboxUnsubscribe: Mailbox was subscribed to"]),
        (MessageRead(**MESSAGE), ["MessageRead: Message was flagged as seen"]),
        (MessageTrash(**MESSAGE), ["MessageTrash: Message was marked as deleted"]),
        (
            FlagsSet(**MESSAGE, flags=("\\Seen", "\\Draft", "\\Answered"), keywords=("kw1", "kw2")),
            [
                "FlagsSet: Answered flag set",
                "FlagsSet: Seen flag set",
                "FlagsSet: Draft flag set",
                "FlagsSet: Keyword set [kw1]",
                "FlagsSet: Keyword set [kw2]",
            ],
        ),
        (
            FlagsClear(
                **MESSAGE, flags=("\\Flagged", "\\Deleted"), flags_old=("\\Recent",), keywords=("kw2",)
            ),
            [
                "FlagsClear: Flagged flag cleared",
                "FlagsClear: Deleted flag cleared",
                "FlagsClear: Keyword clear [kw2]",
            ],
        ),
        (FlagsSet(**MESSAGE), []),
        (MessageNew(**MESSAGE, **MAIL), []),
        (MessageAppend(**MESSAGE, **MAIL), []),
    ],
)
def test_events(event: Event, said: list[str]) -> None:
    """
    Dovecot's words for each event, "subscribed" for an unsubscription too. Alone, dlog says nothing of
    flags that stayed, and of saved messages only which they are.
    """
    assert told(event) == said


@pytest.mark.parametrize("lua_first", [False, True])
def test_details_that_another_driver_asked_for(script: WriteScript, lua_first: bool) -> None:
    """
    Beside a script that handles MessageNew its headers are printed, undecoded, with a date that is wrong by
    its offset. Nobody asked for those of MessageAppend.
    """
    lua = DriverEntry(name="lua", options={"file": script(MESSAGE_NEW)})
    drivers = [lua, DLOG] if lua_first else [DLOG, lua]

    assert told(MessageNew(**MESSAGE, **MAIL), drivers=drivers) == [
        "MessageNew: Date [2019-06-19T09:42:00+03:00]",
        "MessageNew: From [=?utf-8?q?=C3=84lice?= <a@b>]",
        "MessageNew: Snippet [Hello there you]",
        "MessageNew: Subject [=?utf-8?q?S=C3=BCb?=\n folded]",
        "MessageNew: To [bob@x,\n two@x]",
    ]
    assert told(MessageAppend(**MESSAGE, **MAIL), drivers=drivers) == []


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        (b"X: y\n\n", ["Date [1970-01-01T00:00:00+00:00]", "Snippet []"]),
        (
            b"From:\nTo:\nSubject:\nDate: Wed, 19 Jun 2019 12:42:00 -0830\n\nHello\n",
            ["Date [2019-06-19T21:12:00-08:30]", "From []", "Snippet [Hello]", "Subject []", "To []"],
        ),
    ],
)
def test_headers_that_are_missing_or_empty(script: WriteScript, mail: bytes, said: list[str]) -> None:
    """
    A header that is not there has no line, an empty one has.
    """
    drivers = [DLOG, DriverEntry(name="lua", options={"file": script(MESSAGE_NEW)})]

    found = told(MessageNew(**MESSAGE, **message.read(mail)), drivers=drivers)

    assert found == [f"MessageNew: {words}" for words in said]


def test_an_event_without_headers(script: WriteScript) -> None:
    """
    Where nobody has looked at the headers, the fields stand for them.
    """
    drivers = [DLOG, DriverEntry(name="lua", options={"file": script(MESSAGE_NEW)})]

    assert told(MessageNew(**MESSAGE, from_="a@b", subject="Süb"), drivers=drivers) == [
        "MessageNew: Date [1970-01-01T00:00:00+00:00]",
        "MessageNew: From [a@b]",
        "MessageNew: Snippet []",
        "MessageNew: Subject [Süb]",
    ]


def test_first_without_the_old_keywords(script: WriteScript) -> None:
    """
    The driver does not ask for the keywords before a change. Where it comes first, scripts lack them.
    """
    text = (
        MESSAGE_NEW
        + "function dovecot_lua_notify_event_flags_clear(c, e) dovecot.i_info(tostring(e.keywords_old)) end"
    )
    lua = DriverEntry(name="lua", options={"file": script(text)})
    event = FlagsClear(**MESSAGE, keywords=("kw1",), keywords_old=("kw1",))
    found = {}
    for name, drivers in (("dlog first", [DLOG, lua]), ("lua first", [lua, DLOG])):
        with Host(drivers=drivers, dialect="2.3").session("bob") as session:
            session.notify(event)
        found[name] = [log.text[:5] for log in session.effects.of(Log) if log.source == "script"]

    assert found == {"dlog first": ["nil"], "lua first": ["table"]}


@pytest.mark.parametrize(("text", "said"), [("", [""]), ("  two  blanks", ["  two  blanks"]), (None, [])])
def test_options(text: str | None, said: list[str]) -> None:
    """
    2.3 prints what stands behind the colon as it stands, 2.4 does not.
    """
    start = "Config string for dlog push_notification driver: "
    entry = DriverEntry(name="DLOG", text=text)

    found = [line.removeprefix(start) for line in lines(drivers=[entry]) if line.startswith(start)]
    assert found == said
    assert len(lines(drivers=[entry], dialect="2.4")) == 3


def test_documented() -> None:
    """
    By the documents each event is one line with every field that says something.
    """
    assert lines(
        MessageNew(**MESSAGE, **MAIL),
        FlagsSet(**MESSAGE, flags=("\\Seen",)),
        MailboxRename(mailbox="B", mailbox_old="A"),
        dialect="documented",
    ) == [
        'dlog: MessageNew mailbox="INBOX" uid=1 uid_validity=7 date=1560937320 tz=180'
        ' from="=?utf-8?q?=C3=84lice?= <a@b>" to="bob@x,\\n two@x" subject="Süb\\n folded"'
        ' snippet="Hello there you" from_address="a@b" from_display_name="Älice" to_address="bob@x"',
        'dlog: FlagsSet mailbox="INBOX" uid=1 uid_validity=7 flags=["\\\\Seen"]',
        'dlog: MailboxRename mailbox="B" mailbox_old="A"',
    ]


def test_rollback() -> None:
    """
    A transaction that fails begins and ends, and nothing is told.
    """
    with Host(drivers=[DLOG], dialect="2.3").session("bob") as session:
        session.rollback(MailboxCreate(mailbox="Work"))

    assert [log.text.split()[1] for log in session.effects.of(Log)] == [
        "init",
        "begin_txn",
        "end_txn",
        "deinit",
        "cleanup",
    ]
