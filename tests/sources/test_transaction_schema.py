"""
What a transaction may be in JSON: the parser and the schema for programs agree.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from luahost.events import EVENTS, FlagsSet, MailboxRename, MessageNew
from luahost.sources.transaction_schema import RecordedStatus, SchemaError, recorded_transaction
from tests.sources.recorded import NEW, transaction

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "transaction.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FLAGS = {"name": "FlagsSet", "mailbox": "INBOX", "uid": 1, "uid_validity": 7, "flags": ["\\Seen"]}
RENAME = {"name": "MailboxRename", "mailbox": "B", "mailbox_old": "A"}

GOOD = [
    transaction(),
    transaction(events=[], success=False),
    transaction(events=[FLAGS, RENAME]),
    transaction(dialect="2.4", time=1.5, hidden=True),
    transaction(user={"username": {"bytes": "ff"}, "uid": 0, "admin": False, "session_id": "S"}),
    transaction(mailboxes={"INBOX": {"messages": 0, "uid_next": 1}, "Work": {}}),
    transaction(metadata={"/private/a": "b", "/shared/c": {"bytes": "ff"}}),
    transaction(events=[{**NEW, "uid": 1.0, "subject": {"bytes": "e4"}, "keywords": ["a", "b"]}]),
]

WRONG = [
    ([], "an object is needed here, found a list"),
    (transaction(luahost_transaction=None), "luahost_transaction is missing"),
    (transaction(luahost_transaction=2), "luahost_transaction: this luahost reads version 1, found 2"),
    (transaction(user=None), "user is missing"),
    (transaction(user={}), "user: username is missing"),
    (transaction(user={"username": ""}), "user.username: a user needs a name"),
    (transaction(user={"username": 5}), "user.username: text is needed here, found 5"),
    (
        transaction(user={"username": "a", "uid": -1}),
        "user.uid: a number from 0 to 4294967295 is needed here",
    ),
    (transaction(user={"username": "a", "admin": 1}), "user.admin: true or false is needed here, found 1"),
    (transaction(success="yes"), "success: true or false is needed here, found 'yes'"),
    (transaction(events=[]), "events: a transaction that succeeds has at least one"),
    (transaction(events={}), "events: a list is needed here, found an object"),
    (transaction(events=[{}]), "events[0].name: this is none of FlagsClear, "),
    (transaction(events=[NEW, {**NEW, "name": "Nope"}]), "events[1].name: this is none of FlagsClear, "),
    (transaction(events=[{"name": "MessageNew", "mailbox": "INBOX"}]), "events[0]: uid is missing"),
    (transaction(events=[{**NEW, "uid": 0}]), "events[0]: MessageNew: uid is a number from 1"),
    (transaction(events=[{**NEW, "uid": 1.5}]), "events[0].uid: a whole number is needed here, found 1.5"),
    (transaction(events=[{**NEW, "date": "x"}]), "events[0].date: a whole number is needed here"),
    (transaction(events=[{**NEW, "mailbox": ""}]), "events[0].mailbox: "),
    (transaction(events=[{**NEW, "flags": "\\Seen"}]), "events[0].flags: a list is needed here"),
    (transaction(events=[{**NEW, "flags": ["Seen"]}]), "events[0]: MessageNew: 'Seen' in flags is none of"),
    (transaction(events=[{**NEW, "keywords": [1]}]), "events[0].keywords[0]: text is needed here, found 1"),
    (transaction(events=[{**NEW, "subject": None}]), "events[0].subject: text is needed here, found nothing"),
    (transaction(events=[{**NEW, "to": {"bytes": "xx"}}]), "events[0].to.bytes: this is not hexadecimal"),
    (
        transaction(events=[{**NEW, "colour": "red"}]),
        "events[0]: unknown key 'colour'; there are name, mailbox",
    ),
    (
        transaction(events=[{**FLAGS, "subject": "x"}]),
        "events[0]: unknown key 'subject'; there are name, mailbox",
    ),
    (transaction(mailboxes={"INBOX": {"messages": -1}}), "mailboxes.INBOX.messages: a number from 0"),
    (transaction(mailboxes={"INBOX": {"uid_next": 0}}), "mailboxes.INBOX.uid_next: this is 1 at least"),
    (transaction(mailboxes={"INBOX": 1}), "mailboxes.INBOX: an object is needed here, found 1"),
    (transaction(mailboxes=[]), "mailboxes: an object is needed here, found a list"),
    (transaction(metadata={"a": "b"}), "metadata: a key begins with /private/ or /shared/, found 'a'"),
    (transaction(metadata={"/private/a": 1}), "metadata./private/a: text is needed here, found 1"),
    (transaction(metadata=[]), "metadata: an object is needed here, found a list"),
    (transaction(time="now"), "time: a number is needed here, found 'now'"),
    (transaction(colour="red"), "unknown key 'colour'; there are luahost_transaction, dialect"),
]


@pytest.mark.parametrize("value", GOOD)
def test_good(value: dict[str, Any]) -> None:
    """
    What the parser takes the schema takes.
    """
    recorded_transaction(value)
    VALIDATOR.validate(value)


@pytest.mark.parametrize(("value", "words"), WRONG)
def test_wrong(value: Any, words: str) -> None:
    """
    What the parser refuses, with the path and what is needed there, the schema refuses.
    """
    with pytest.raises(SchemaError) as raised:
        recorded_transaction(value)

    assert str(raised.value).startswith(words)
    assert not VALIDATOR.is_valid(value)


def test_half_a_character() -> None:
    """
    Half of a surrogate pair, which JSON can say, is no text.
    """
    with pytest.raises(SchemaError, match="half of a surrogate pair"):
        recorded_transaction(json.loads(json.dumps(transaction(dialect="x")).replace('"x"', r'"\ud800"')))


def test_values() -> None:
    """
    A transaction becomes luahost's own events, fields and numbers.
    """
    found = recorded_transaction(
        transaction(
            user={"username": "bob", "uid": 5, "home": {"bytes": "2fff"}},
            events=[NEW, FLAGS, RENAME],
            mailboxes={"inbox": {"messages": 3}},
        )
    )

    assert found.user == {"username": "bob", "uid": 5, "home": "/\udcff", "session_id": None}
    assert found.events == (
        MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi", from_="a@b"),
        FlagsSet(mailbox="INBOX", uid=1, uid_validity=7, flags=("\\Seen",)),
        MailboxRename(mailbox="B", mailbox_old="A"),
    )
    assert found.mailboxes == {"INBOX": RecordedStatus(messages=3)}


def test_schema() -> None:
    """
    The schema is one, and knows the twelve events.
    """
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    events = SCHEMA["properties"]["events"]["items"]["oneOf"]

    assert [event["title"] for event in events] == [event.name for event in EVENTS]
