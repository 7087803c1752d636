"""
The JSON of the OX driver. That whole messages come out as in Dovecot is shown in tests/live.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from luahost.dialects import DIALECTS
from luahost.drivers.ox_message import notification
from luahost.events import MessageNew

PAGE = Path(__file__).parent.parent.parent / "docs" / "ox.md"


def sent(event: MessageNew, *, user: str = "bob", unseen: int | None = 2, dialect: str = "2.3") -> str:
    """
    What is sent of an event.
    """
    switches = DIALECTS[dialect]
    return notification(
        event,
        user=user,
        event_name=switches.ox_event,
        unseen=unseen,
        order=switches.ox_fields,
        hexadecimal=switches.ox_hexadecimal,
    )


def new(**fields: str | None) -> MessageNew:
    """
    An event with these raw headers and snippet.
    """
    headers = {name: value for name, value in fields.items() if name != "snippet" and value is not None}
    snippet = fields.get("snippet") or ""
    return MessageNew(mailbox="INBOX", uid=2, uid_validity=1795320221, headers=headers, snippet=snippet)


def test_the_whole_line() -> None:
    """
    The fields in Dovecot's order, headers as they stand, no blanks between.
    """
    event = new(
        subject="Test =?utf-8?q?p=C3=A4iv=C3=A4=C3=A4?=",
        snippet="Hey guys This is only a test...",
        **{"from": "=?utf-8?q?=C3=84lice?= <alice@barfoo.org>"},
    )

    assert sent(event, user="oxu") == (
        '{"user":"oxu","event":"messageNew","folder":"INBOX","imap-uidvalidity":1795320221,"imap-uid":2,'
        '"from":"=?utf-8?q?=C3=84lice?= <alice@barfoo.org>",'
        '"subject":"Test =?utf-8?q?p=C3=A4iv=C3=A4=C3=A4?=",'
        '"snippet":"Hey guys This is only a test...","unseen":2}'
    )


def test_the_documents_example() -> None:
    """
    By the documents the event has RFC 5423's name, and the fields come as in their example.
    """
    event = new(subject="s", snippet="t", **{"from": "f"})

    text = sent(event, user="4@464646669", dialect="documented")

    assert list(json.loads(text).items()) == [
        ("user", "4@464646669"),
        ("imap-uidvalidity", 1795320221),
        ("imap-uid", 2),
        ("folder", "INBOX"),
        ("event", "MessageNew"),
        ("from", "f"),
        ("subject", "s"),
        ("snippet", "t"),
        ("unseen", 2),
    ]


def test_what_is_not_there_is_left_out() -> None:
    """
    A header that is missing is no field, an empty one is; the snippet is always there.
    """
    text = sent(new(subject=""), unseen=None)

    assert text == (
        '{"user":"bob","event":"messageNew","folder":"INBOX","imap-uidvalidity":1795320221,"imap-uid":2,'
        '"subject":"","snippet":""}'
    )


def test_the_page_shows_a_whole_request() -> None:
    """
    The request in docs/ox.md is one that is sent.
    """
    head, _, rest = PAGE.read_text("utf-8").partition("PUT /preliminary")[2].partition("\n\n")
    event = replace(new(subject="Hi", snippet="Hello", **{"from": "A <a@x.org>"}), uid_validity=1795339660)

    body = sent(event, user="11@3")

    assert rest.startswith(f"{body}\n")
    assert f"Content-Length: {len(body)}\n" in head


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("\b\f\n\r\t", r"\b\f\n\r\t"),
        ("\x01\x0b\x1f\x7f", "\\u0001\\u000b\\u001f\x7f"),
        ('"\\/<', '\\"\\\\/<'),
        ("ä€😀\ufeff\uffff", "ä€😀\ufeff\uffff"),
        ("\u2028\u2029\u0085", "\\u2028\\u2029\u0085"),
        (b"\xc3(\xe2\x82(\xf0\x9f\x98\xc3\xa4".decode("utf-8", "surrogateescape"), "�(��(���ä"),
        (b"\xed\xa0\x80\xc0\x80".decode("utf-8", "surrogateescape"), "�����"),
    ],
)
def test_escaping(given: str, written: str) -> None:
    """
    Controls, quotes, backslashes and two line separators are escaped; each byte that is no UTF-8 becomes
    U+FFFD.
    """
    text = sent(new(subject=given))

    assert f'"subject":"{written}","snippet"' in text
    assert json.loads(text)["folder"] == "INBOX"


def test_escaping_in_2_4() -> None:
    """
    2.4 has capitals among the digits.
    """
    assert r'"subject":"\u000B\u001F\u2028","snippet"' in sent(new(subject="\x0b\x1f\u2028"), dialect="2.4")
