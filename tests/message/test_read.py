"""
Whole messages: what ``luahost.message.read`` makes of them beyond what the recordings show.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from luahost import message
from luahost.events import MessageNew
from luahost.message import DateRange

HELLO = Path(__file__).parents[2] / "fixtures" / "messages" / "hello.eml"


def test_a_friendly_message_gives_every_field() -> None:
    """
    The message that the README begins with reads as a person reads it.
    """
    assert message.read(HELLO.read_bytes()) == {
        "date": 1560937320,
        "tz": 180,
        "from_": "=?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>",
        "to": "Bob <bob@example.com>",
        "subject": "Hello, päivää",
        "snippet": "Hi Bob, are you there? I am in the café round the corner until two. Alice",
        "message_id": "<hello@example.org>",
        "from_address": "alice@example.org",
        "from_display_name": "Alice Müller",
        "to_address": "bob@example.com",
        "to_display_name": "Bob",
        "headers": {
            "from": "=?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>",
            "to": "Bob <bob@example.com>",
            "subject": "=?utf-8?q?Hello=2C_p=C3=A4iv=C3=A4=C3=A4?=",
        },
    }


def test_the_fields_are_those_of_an_event() -> None:
    """
    What is read makes a MessageNew, with mailbox and UID added.
    """
    event = MessageNew(mailbox="INBOX", uid=1, uid_validity=1, **message.read(HELLO.read_bytes()))

    assert event.from_display_name == "Alice Müller"


def test_an_empty_file_is_an_empty_message() -> None:
    """
    Nothing gives empty text, and nil for the two fields that say whether their header is there.
    """
    fields = message.read(b"")

    assert fields["headers"] == {}
    assert {name for name, value in fields.items() if value is None} == {"subject", "message_id"}
    assert all(value in (None, "", 0, {}) for value in fields.values())


def test_raw_headers_are_the_first_of_each_name_and_only_those_that_are_there() -> None:
    """
    An empty header is another thing than none, and folds are kept.
    """
    data = b"to:\r\nSUBJECT: =?utf-8?q?a?=\r\n b\r\nSubject: second\r\nDate: x\r\n\r\n"

    assert message.read(data)["headers"] == {"to": "", "subject": "=?utf-8?q?a?=\n b"}


def test_the_line_of_an_mbox_is_no_header() -> None:
    """
    A line ``From …`` at the very beginning is passed over, with all of its colons.
    """
    data = b"From alice@example.org Wed Jun 19 12:42:00 2019\nFrom: Alice <alice@example.org>\n\nHi\n"

    assert message.read(data)["from_address"] == "alice@example.org"
    assert message.read(b"From nobody")["snippet"] == ""


@pytest.mark.parametrize(
    ("date_range", "before_1970", "after_2106"),
    [
        ("as is", -16899480, 7272754920),
        ("wrap", 4278067816, 2977787624),
        ("clamp", 0, 4294967295),
    ],
)
def test_dates_out_of_range_become_what_the_dialect_says(
    date_range: DateRange, before_1970: int, after_2106: int
) -> None:
    """
    Dovecot 2.3 wraps a date at 32 bits, 2.4 clamps it, and neither is the truth.
    """
    old, new = b"Date: Thu, 19 Jun 1969 12:42:00 +0300\n\n", b"Date: Thu, 19 Jun 2200 12:42:00 +0300\n\n"

    assert message.read(old, date_range=date_range)["date"] == before_1970
    assert message.read(new, date_range=date_range)["date"] == after_2106


def test_bytes_that_are_no_utf8_survive_in_raw_headers() -> None:
    """
    A script gets the very bytes of From, To and Message-ID; only decoded text is mended.
    """
    fields = message.read(b"From: \xe4 <\xff@x>\nMessage-ID: <\xfe>\nSubject: \xe4\n\n\xe4 x\n")

    assert fields["from_"].encode("utf-8", "surrogateescape") == b"\xe4 <\xff@x>"
    assert fields["from_address"].encode("utf-8", "surrogateescape") == b"\xff@x"
    assert fields["message_id"] == "<\udcfe>"
    assert fields["subject"] == "\ufffd"
    assert fields["snippet"] == "\ufffd x"


def test_reading_needs_little_of_the_library() -> None:
    """
    A command starts without ``email`` and without the names of all entities.
    """
    done = subprocess.run(
        [sys.executable, "-c", "import sys, luahost.message; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert not {"email", "html.entities", "encodings.euc_jp"} & set(done.stdout.split())


def test_a_header_called_from_with_a_blank_is_no_mbox_line() -> None:
    """
    ``From :`` at the very beginning is a header, if an odd one.
    """
    assert message.read(b"From : Alice <alice@example.org>\n\nHi\n")["from_address"] == "alice@example.org"
