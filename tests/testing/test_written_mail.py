"""
Messages in words, as they are read again.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.errors import UsageError
from luahost.message import read
from luahost.testing.written_mail import write_mail

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=["C", "Z"]))


@pytest.mark.parametrize(
    ("header", "stands", "address", "name"),
    [
        ("alice@example.org", "alice@example.org", "alice@example.org", ""),
        (
            '"Müller, Alice" <alice@example.org>',
            "=?utf-8?q?M=C3=BCller=2C=20Alice?= <alice@example.org>",
            "alice@example.org",
            "Müller, Alice",
        ),
        (
            "Bob von Größe Größte <b@example.org>",
            "Bob von =?utf-8?q?Gr=C3=B6=C3=9Fe=20Gr=C3=B6=C3=9Fte?= <b@example.org>",
            "b@example.org",
            "Bob von Größe Größte",
        ),
        ("Alice <", "Alice <", "", "Alice"),
    ],
)
def test_addresses(header: str, stands: str, address: str, name: str) -> None:
    """
    An address stands in the message as given, names beyond ASCII as encoded words.
    """
    found = read(write_mail({"from_": header}, now=0))

    assert found["from_"] == stands
    assert (found["from_address"] or "", found["from_display_name"]) == (address, name)


@given(words=st.lists(PRINTABLE.filter(bool), min_size=1, max_size=4))
@settings(max_examples=40)
def test_a_subject_comes_out_as_it_went_in(words: list[str]) -> None:
    """
    Whatever is said in the subject reaches the event.
    """
    subject = " ".join(word.replace("=?", "") for word in words).strip()

    assert read(write_mail({"subject": subject}, now=0))["subject"] == subject


def test_defaults_and_what_is_left_out() -> None:
    """
    A message has what messages have; None leaves a header out, and others can be added.
    """
    found = read(write_mail({}, now=1_700_000_000))
    assert (found["date"], found["tz"]) == (1_700_000_000, 0)
    assert (found["subject"], found["snippet"]) == ("Hello", "Hello")
    assert (found["from_address"], found["to_address"]) == ("alice@example.org", "bob@example.com")

    found = read(write_mail({"subject": None, "message_id": None}, now=0))
    assert (found["subject"], found["message_id"]) == (None, None)

    written = write_mail({"headers": {"Content-Type": "text/html"}, "body": "<b>Hi</b>"}, now=0)
    assert read(written)["snippet"] == "Hi"


def test_a_long_header_takes_no_long_time() -> None:
    """
    However long a text of any kind is, it becomes a header that says it, before anybody loses patience.
    """
    for text in ("é", "é ", '"é', "a", 'a"é <'):
        subject = (text * (20_000 // len(text))).strip()

        assert read(write_mail({"subject": subject}, now=0))["subject"] == subject


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"subject": "a\nb"}, "the header Subject is one line, not 'a\\nb'"),
        ({"headers": {"X-A": 1}}, "the header X-A is text, not 1"),
        ({"headers": {"X A": "1"}}, "'X A' is no name of a header"),
        ({"body": b"a"}, "the body is text, not b'a'"),
        ({"sender": "a"}, "a message has no sender; it has subject, from_, to, date"),
    ],
)
def test_what_no_message_can_have(words: dict[str, object], complaint: str) -> None:
    """
    What would make another message than the one that was meant is an error.
    """
    with pytest.raises(UsageError) as caught:
        write_mail(words, now=0)  # type: ignore[arg-type]

    assert str(caught.value).startswith(complaint)
