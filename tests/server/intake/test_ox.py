"""
What Dovecot's OX driver sends, as a transaction.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from luahost.drivers.ox_message import notification
from luahost.events import MessageNew
from luahost.server.intake.answers import RefusalError
from luahost.server.intake.ox import read_notification
from luahost.sources.transaction_schema import RecordedStatus, recorded_transaction

ORDER = ("user", "event", "folder", "imap-uidvalidity", "imap-uid", "from", "subject", "snippet", "unseen")
SENT: dict[str, Any] = {
    "user": "bob",
    "event": "messageNew",
    "folder": "INBOX",
    "imap-uidvalidity": 7,
    "imap-uid": 2,
}


def test_what_the_driver_sends() -> None:
    """
    A notification as luahost's own driver writes it becomes the event that a script would see, as far as it
    says so.
    """
    event = MessageNew(
        mailbox="INBOX",
        uid=2,
        uid_validity=7,
        from_="=?utf-8?q?=C3=84lice?= <alice@example.org>",
        subject="Test =?utf-8?q?p=C3=A4iv=C3=A4=C3=A4?=",
        snippet='Hey "guys"\u2028',
        to="lost@example.org",
    )
    body = notification(
        event, user="bob@x", event_name="messageNew", unseen=3, order=ORDER, hexadecimal="\\u001F"
    ).encode()

    entry, key = read_notification(body, expires=9.0)

    found = recorded_transaction(json.loads(entry.payload))
    assert (entry.user, entry.expires) == ("bob@x", 9.0)
    assert found.user == {"username": "bob@x", "session_id": None}
    assert found.events == (
        MessageNew(
            mailbox="INBOX",
            uid=2,
            uid_validity=7,
            from_="=?utf-8?q?=C3=84lice?= <alice@example.org>",
            from_address="alice@example.org",
            from_display_name="Älice",
            subject="Test päivää",
            snippet='Hey "guys"\u2028',
        ),
    )
    assert found.mailboxes == {
        "INBOX": RecordedStatus(messages=3, recent=1, unseen=3, uid_next=3, uid_validity=7)
    }
    assert read_notification(body, expires=1.0)[1] == key
    assert read_notification(body.replace(b":2,", b":3,"), expires=1.0)[1] != key


def test_the_least() -> None:
    """
    What a message lacks is left out; what a later Dovecot may say is passed over.
    """
    entry, _ = read_notification(json.dumps({**SENT, "later": 1}).encode(), expires=None)

    (event,) = recorded_transaction(json.loads(entry.payload)).events
    assert event == MessageNew(mailbox="INBOX", uid=2, uid_validity=7)


WRONG: list[tuple[Any, str | None, str]] = [
    (b"{", "", "this is no JSON"),
    ([], "", "an object is needed here"),
    ({**SENT, "user": 5}, "user", "text is needed here"),
    ({**SENT, "user": ""}, "", "user.username: a user needs a name"),
    ({**SENT, "event": "messageGone"}, "event", "only messageNew is taken here"),
    ({**SENT, "imap-uid": "2"}, "imap-uid", "a whole number is needed here"),
    ({**SENT, "imap-uid": 0}, "", "events[0]: MessageNew: uid is a number from 1"),
    ({**SENT, "unseen": -1}, "", "mailboxes.INBOX.unseen: a number from 0"),
    ({**SENT, "folder": ""}, "", "events[0].mailbox: "),
    ({name: value for name, value in SENT.items() if name != "imap-uid"}, "", "imap-uid is missing"),
    (json.dumps({**SENT, "snippet": "\ud800"}).encode(), "snippet", "half of a surrogate pair"),
]


@pytest.mark.parametrize(("value", "path", "words"), WRONG)
def test_what_is_none(value: Any, path: str, words: str) -> None:
    """
    What no driver sends is refused with its place.
    """
    body = value if isinstance(value, bytes) else json.dumps(value).encode()

    with pytest.raises(RefusalError) as caught:
        read_notification(body, expires=None)

    assert (caught.value.status, caught.value.path) == (400, path)
    assert words in caught.value.detail
