"""
A request's body → transactions.
"""

from __future__ import annotations

import json
import re

import pytest

from luahost.server.intake.answers import RefusalError
from luahost.server.intake.batch import MOST_TRANSACTIONS, MostAtOnce, read_batch
from tests.sources.recorded import NEW, lines, transaction

JSON = "application/json; charset=utf-8"
LINES = "application/x-ndjson"

ALICE = transaction(user={"username": "alice"})


def test_one() -> None:
    """
    One transaction is kept as it came.
    """
    body = json.dumps(transaction(), indent=2).encode()

    (entry,) = read_batch(body, content_type=JSON, expires=5.0)

    assert (entry.user, entry.payload, entry.expires) == ("bob", body, 5.0)


@pytest.mark.parametrize("form", [JSON, LINES])
def test_several(form: str) -> None:
    """
    A list, or a recording as it is, brings several in their order.
    """
    both = [transaction(), ALICE]
    body = (
        json.dumps(both).encode()
        if form == JSON
        else b"\xef\xbb\xbf" + lines(both[0]) + b"\r\n" + lines(both[1])
    )

    entries = read_batch(body, content_type=form, expires=None)

    assert [entry.user for entry in entries] == ["bob", "alice"]
    assert [json.loads(entry.payload) for entry in entries] == both


def test_a_name_that_is_no_text() -> None:
    """
    A login name that is no UTF-8 is a user like any other.
    """
    body = json.dumps(transaction(user={"username": {"bytes": "ff41"}})).encode()

    assert read_batch(body, content_type=JSON, expires=None)[0].user == "\udcffA"


WRONG = {
    b"": ("", "no JSON"),
    b"[]": ("", "a transaction is needed here, found none"),
    b"{": ("", "no JSON"),
    b'"\xff"': ("", "no JSON"),
    b"[" * 100_000: ("", "nested too deeply"),
    b"7" * 5000: ("", "no JSON"),
    b"{}": ("", "luahost_transaction is missing"),
    b"[{}]": ("[0]", "luahost_transaction is missing"),
    json.dumps(transaction(events=[{**NEW, "uid": -1}])).encode(): ("events[0].uid", "a number from 0"),
    json.dumps([ALICE, transaction(user={})]).encode(): ("[1].user", "username is missing"),
    json.dumps(transaction(time=float("nan"))).encode(): ("", "JSON has no NaN"),
    json.dumps(transaction(mailboxes={"\ud800": {}})).encode(): ("mailboxes", "half of a surrogate pair"),
}


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_wrong(body: bytes) -> None:
    """
    What is no transaction is refused with the path of what is wrong.
    """
    path, words = WRONG[body]

    with pytest.raises(RefusalError) as caught:
        read_batch(body, content_type=JSON, expires=None)

    assert (caught.value.status, caught.value.path) == (400, path)
    assert words in caught.value.detail


def test_a_wrong_line() -> None:
    """
    In a recording the path counts transactions, and a second one in a line is no JSON.
    """
    body = lines(transaction()) + b"\n" + lines(transaction(success="yes"))

    with pytest.raises(RefusalError, match="true or false") as caught:
        read_batch(body, content_type=LINES, expires=None)

    assert caught.value.path == "[1].success"


@pytest.mark.parametrize("form", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_form(form: str) -> None:
    """
    What a web page could have a browser send is refused unread.
    """
    with pytest.raises(RefusalError, match="Content-Type") as caught:
        read_batch(b"{}", content_type=form, expires=None)

    assert caught.value.status == 415


def test_too_many() -> None:
    """
    A request has a limit, so that one write to disk has.
    """
    with pytest.raises(RefusalError, match="10000 may be") as caught:
        read_batch(b"{}\n" * (MOST_TRANSACTIONS + 1), content_type=LINES, expires=None)

    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (MostAtOnce(transactions=2), "3 transactions at once; 2 may be (max_queued)"),
        (MostAtOnce(of_user=1), "more than 1 transactions of one user at once (max_queued_per_user)"),
        (MostAtOnce(transactions=3, of_user=2), None),
    ],
    ids=["queued", "of_user", "fits"],
)
def test_more_than_there_ever_is_room_for(most: MostAtOnce, words: str | None) -> None:
    """
    What would not be taken at any later time either is refused, and not told to come again.
    """
    body = lines(*(transaction(user={"username": name}) for name in ("bob", "eva", "bob")))

    if words is None:
        assert len(read_batch(body, content_type=LINES, expires=None, most=most)) == 3
        return
    with pytest.raises(RefusalError, match=re.escape(words)) as caught:
        read_batch(body, content_type=LINES, expires=None, most=most)

    assert caught.value.status == 413
