"""
What is recognised at a glance, and that nothing is which the reader would refuse.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.events import EVENTS, Event
from luahost.server.intake.recognition import items_of, plain_user
from luahost.sources.transaction_schema import SchemaError, recorded_transaction
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


def test_all_that_is_usual() -> None:
    """
    Every event, and every key that a transaction can have, is recognised.
    """
    assert recorded_transaction(FULL).user["username"] == "böb"
    assert plain_user(json.dumps(FULL).encode()) == "böb"
    assert plain_user(json.dumps(transaction(success=False)).encode()) == "bob"


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


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(places(FULL)), st.sampled_from(UNUSUAL), st.sampled_from(["", "new key"]))
def test_nothing_that_the_reader_would_refuse(path: tuple[str | int, ...], to: Any, key: str) -> None:
    """
    Whatever stands anywhere, what is recognised is a transaction of that user to the reader as well.
    """
    written = json.dumps(changed(FULL, path, {key: to} if key else to)).encode()

    user = plain_user(written)

    try:
        said = recorded_transaction(json.loads(written)).user["username"]
    except SchemaError:
        said = None
    assert user in (None, said)


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
    What Python reads otherwise than msgspec might is not recognised, or is the same user.
    """
    whole = json.dumps(transaction()).encode().replace(b'{"username": "bob"}', written)

    user = plain_user(whole)

    try:
        said = recorded_transaction(json.loads(whole)).user["username"]
    except (SchemaError, ValueError, RecursionError):
        said = None
    assert user in (None, said)


def test_items_of_a_list() -> None:
    """
    A list is taken apart as it is written; something else is none.
    """
    assert items_of(b' [ {"a" : 1}, 2 ]') == [b'{"a" : 1}', b"2"]
    assert items_of(b'{"a": [1]}') == []
    assert items_of(b"[1") == []
