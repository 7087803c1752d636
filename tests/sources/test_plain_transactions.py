"""
What is read at a glance, and that it is what the table says of it.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.events import EVENTS, Event
from luahost.sources.plain_transactions import items_of, plain_user, read_transaction
from luahost.sources.transaction_schema import RecordedTransaction, SchemaError, recorded_transaction
from tests.sources.recorded import transaction

VALUES: dict[str, Any] = {
    "mailbox": "Work/Päiv",
    "mailbox_old": "Old",
    "uid": 7,
    "uid_validity": 1,
    "date": -5,
    "tz": -120,
    "flags": ["\\Seen"],
    "flags_old": ["\\Flagged", "\\Recent"],
    "keywords": ["$Forwarded"],
    "keywords_old": [],
}


def full(kind: type[Event]) -> dict[str, Any]:
    """
    An event of this kind with all its fields.
    """
    names = [each.name.removesuffix("_") for each in fields(kind) if each.name != "headers"]
    return {"name": kind.name, **{name: VALUES.get(name, "täxt") for name in names}}


FULL = transaction(
    dialect="2.3",
    time=1.5,
    hidden=False,
    user={
        "username": "böb",
        "home": "/home/bob",
        "uid": 0,
        "gid": 4294967295,
        "service": "lmtp",
        "session_id": "x",
        "session_create_time": 1,
        "nonexistent": False,
        "admin": True,
    },
    events=[full(kind) for kind in EVENTS],
    mailboxes={"INBOX": {"messages": 0, "recent": 0, "unseen": 0, "uid_next": 1, "uid_validity": 1}},
    metadata={"/private/comment": "x", "/shared/y": ""},
)


def by_the_table(written: bytes) -> RecordedTransaction | str:
    """
    The transaction, or what is wrong with it, as the table of readers has it.
    """
    try:
        return recorded_transaction(json.loads(written))
    except (SchemaError, ValueError, RecursionError) as error:
        return str(error)


def at_a_glance(written: bytes) -> RecordedTransaction | str:
    """
    The same as it is read at a glance.
    """
    try:
        return read_transaction(written)
    except (SchemaError, ValueError, RecursionError) as error:
        return str(error)


def agree(written: bytes) -> None:
    """
    Both ways to read it come to the same, and what is recognised is of that user.
    """
    said, found, user = by_the_table(written), at_a_glance(written), plain_user(written)

    assert found == said
    # 1 is no 1.0.
    assert sorted(repr(found)) == sorted(repr(said))
    assert user in (None, None if isinstance(said, str) else said.user["username"])


def test_all_that_is_usual() -> None:
    """
    Every event, and every key that a transaction can have, is recognised.
    """
    written = json.dumps(FULL).encode()

    assert read_transaction(written) == recorded_transaction(FULL)
    assert plain_user(written) == "böb"
    assert plain_user(json.dumps(transaction(success=False)).encode()) == "bob"


@pytest.mark.parametrize("event", [{"name": kind.name} for kind in EVENTS])
def test_what_an_event_need_not_have(event: dict[str, Any]) -> None:
    """
    What is not said of an event is as in an event that is made without it.
    """
    required = {"mailbox": "inbox/a", "uid": 1, "uid_validity": 2, "mailbox_old": "inbox"}
    known = {each.name for each in fields(next(kind for kind in EVENTS if kind.name == event["name"]))}
    value = transaction(events=[{**event, **{name: required[name] for name in required.keys() & known}}])

    assert read_transaction(json.dumps(value).encode()) == recorded_transaction(value)


UNUSUAL: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 2**32, 2**53 + 1, 10**30, "", "a", "a//b", "/", "a\n", "\ud800"),
    *(
        [],
        {},
        [[]],
        ["\\Seen", 1],
        {"bytes": "ff"},
        {"a": 1},
        [{"name": "MessageNew"}],
        {"/private/x": "\ud800"},
    ),
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """
    Where something stands in a value.
    """
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed(value: Any, path: tuple[str | int, ...], to: Any) -> Any:
    """
    A value with something else in this place.
    """
    if not path:
        return to
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], to)
    return copy


@settings(max_examples=60)
@given(st.sampled_from(places(FULL)), st.sampled_from(UNUSUAL), st.sampled_from(["", "new key"]))
def test_whatever_stands_anywhere(path: tuple[str | int, ...], to: Any, key: str) -> None:
    """
    Whatever stands anywhere, it is read as the table says, and refused in its words.
    """
    written = json.dumps(changed(FULL, path, {key: to} if key else to)).encode()

    agree(written)


@pytest.mark.parametrize(
    "written",
    [
        b'{"username": "a\xff"}',
        b'{"username": "a", "username": "b"}',
        b'{"username": "\\ud800"}',
        b'{"username": "a\x01"}',
        b'{"username": "a"} ',
        b'{"username": "a"},',
        b'{"username": NaN}',
        b"[" * 100_000,
    ],
)
def test_what_json_leaves_open(written: bytes) -> None:
    """
    What Python reads otherwise than msgspec might comes to the same.
    """
    agree(json.dumps(transaction()).encode().replace(b'{"username": "bob"}', written))


@pytest.mark.parametrize(
    "uid",
    [
        b"1.0",
        b"1e0",
        b"1E400",
        b"-0",
        b"01",
        b"4294967296",
        b"18446744073709551617",
        b'1, "uid": 2',
        b'"x", "uid": 2',
        b'0, "uid": 2',
        b'1, "name": "MessageTrash"',
        b'1, "mailbox": "inbox"',
        b'1, "flags": ["\\\\Seen", "\\\\Seen"]',
        b'1, "subject": "\\u00e4\\ud83d\\ude00\\u0000"',
        b'1, "date": 9007199254740993',
        b'1, "date": -9007199254740992, "tz": 1.0',
    ],
)
def test_what_is_written_otherwise(uid: bytes) -> None:
    """
    Numbers, keys that come twice and escapes are to both what they are to Python.
    """
    agree(json.dumps(transaction()).encode().replace(b'"uid": 1', b'"uid": ' + uid))


def test_items_of_a_list() -> None:
    """
    A list is taken apart as it is written; something else is none.
    """
    assert items_of(b' [ {"a" : 1}, 2 ]') == [b'{"a" : 1}', b"2"]
    assert items_of(b'{"a": [1]}') == []
    assert items_of(b"[1") == []
