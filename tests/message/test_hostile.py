"""
Messages that nobody wrote: nothing makes the reader fail, and nothing makes it slow.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost import message

MESSAGES = sorted((Path(__file__).parents[2] / "fixtures" / "oracle" / "messages").glob("*.eml"))

CHARSETS = [
    "hex", "rot13", "rot_13", "base64", "bz2", "zlib", "uu", "quopri", "idna", "punycode", "undefined",
    "mbcs", "oem", "unicode_escape", "raw_unicode_escape", "utf-8-sig", "utf-16", "utf-32", "utf-7", "hz",
    "iso-2022-jp", "iso-2022-kr", "iso-2022-jp-3", "euc-jp", "gb18030", "big5-hkscs", "johab", "cp037",
    "", "\0", "utf-8\0", "../../etc/passwd", "x" * 5000, "*", "utf-8*", "//", "ucs-2", "ucs-4", "wchar_t",
]  # fmt: skip

FRAGMENTS = [
    b"\n", b"\r\n", b"\r", b"\0", b" ", b"\t", b":", b"--x", b"--x--", b"--", b'"', b"(", b")", b"\\",
    b"<", b">", b"@", b",", b";", b"=", b"=?", b"?=", b"=?utf-8?b?", b"=?utf-16?q?",
    b"\xff\xfe", b"\xf0", b"\xe4", b"\xef\xbb\xbf",
    b"19 Jun 2019 12:42:00 +0300", b"31 Dec 9999 23:59:59 +9999",
    b"From ", b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"Content-Type: ",
    b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"text/plain", b"text/html",
    b"multipart/mixed; boundary=x", b"multipart/alternative; boundary=", b"message/rfc822",
    b"; charset=", b"utf-16", b"utf-32", b"iso-2022-jp", b"; a*0=", b"; a*99999999999=",
    b"<blockquote>", b"</blockquote>", b"<script>", b"<!--", b"<![CDATA[",
    b"&#x110000;", b"&#99999999;", b"&#xd800;", b"&amp",
]  # fmt: skip


def is_well_formed(fields: message.MessageFields) -> bool:
    """
    Whether all text can be written down and decoded text has no surrogates.
    """
    decoded = (
        fields["subject"] or "",
        fields["snippet"],
        fields["from_display_name"],
        fields["to_display_name"],
    )
    raw = (
        fields["from_"],
        fields["to"],
        fields["from_address"],
        fields["to_address"],
        fields["message_id"] or "",
    )
    for text in decoded:
        text.encode("utf-8")
    for text in raw:
        text.encode("utf-8", "surrogateescape")
    return len(fields["snippet"]) <= 200


@settings(max_examples=100)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=60).map(b"".join))
def test_any_bytes_are_a_message(data: bytes) -> None:
    """
    Pieces of messages in any order, with anything between, give well-formed fields.
    """
    assert is_well_formed(message.read(data))


@settings(max_examples=60)
@given(
    st.sampled_from(MESSAGES),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(FRAGMENTS)), max_size=6),
)
def test_a_damaged_message_is_still_a_message(path: Path, damages: list[tuple[int, int, bytes]]) -> None:
    """
    Real messages with bytes cut out and others put in give well-formed fields.
    """
    data = path.read_bytes()
    for at, length, fragment in damages:
        data = data[:at] + fragment + data[at + length :]

    assert is_well_formed(message.read(data))


@settings(max_examples=60)
@given(st.sampled_from(CHARSETS), st.binary(max_size=60))
def test_no_charset_is_too_strange(charset: str, body: bytes) -> None:
    """
    Names of Python's other codecs, of nothing at all, and of any charset with any bytes give text.
    """
    name = charset.encode()
    hexed = b"".join(b"=%02X" % byte for byte in body)
    data = b'Subject: =?%s?q?%s?=\nContent-Type: text/html; charset="%s"\n\n%s' % (name, hexed, name, body)

    assert is_well_formed(message.read(data))


def multipart(subtype: bytes, children: bytes) -> bytes:
    """
    A message of one multipart.
    """
    return b"Content-Type: multipart/%s; boundary=x\n\n%s" % (subtype, children)


def nested(count: int) -> bytes:
    """
    Multiparts inside of each other, with text in the innermost.
    """
    levels = (
        b"Content-Type: multipart/mixed; boundary=b%d.\n\n--b%d.\n" % (level, level) for level in range(count)
    )
    return b"".join(levels) + b"\ndeep\n"


HTML = b"Content-Type: text/html\n\n"

ENORMOUS = {
    "one line": b"\n" + b"x" * 50_000_000,
    "blank": b"\n" + b" " * 2_000_000,
    "broken bytes": b"\n" + b"\xff" * 500_000,
    "broken euc-jp": b"Content-Type: text/plain; charset=euc-jp\n\n" + b"\xff" * 200_000,
    "one header": b"Subject: " + b"x" * 5_000_000,
    "folds": b"Subject: x" + b"\n y" * 200_000,
    "headers": b"X: y\n" * 100_000,
    "comments": b"From: " + b"(" * 200_000,
    "many comments": b"From: " + b"(a)" * 50_000,
    "quotes": b"From: " + b'"a' * 20_000,
    "routes": b"From: <" + b"@a," * 20_000,
    "dots": b"From: " + b"a." * 30_000,
    "date": b"Date: " + b"(" * 200_000,
    "beginnings of words": b"Subject: " + b"=?a?q?" * 50_000,
    "words": b"Subject: " + b"=?a?q?b?= " * 50_000,
    "blanks between words": b"Subject: =?a?q?b?=" + b" " * 500_000 + b"x",
    "parameters": b"Content-Type: text/plain" + b"; a" * 100_000,
    "sections": b"Content-Type: text/plain" + b"".join(b"; a*%d=b" % number for number in range(20_000)),
    "parts": multipart(b"mixed", b"--x\nContent-Type: image/png\n\n" * 30_000),
    "alternatives": multipart(b"alternative", b"--x\n\n" * 100_000),
    "dashes": multipart(b"mixed", b"--\n" * 200_000),
    "nested multiparts": nested(10_000),
    "forwarded messages": b"Content-Type: message/rfc822\n\n" * 100_000,
    "tags": HTML + b"<b" * 200_000,
    "closed tags": HTML + b"<b>" * 40_000,
    "entities": HTML + b"&" * 100_000,
    "comment dashes": HTML + b"<!--" + b"-- " * 100_000,
    "scripts": HTML + b"<script>" * 100_000,
    "quoted attributes": HTML + b'<"' * 200_000,
    "cdata": HTML + b"<![CDATA[" + b"]" * 500_000,
    "soft breaks": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"= " * 200_000,
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"YWFh" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("data", ENORMOUS.values(), ids=ENORMOUS.keys())
def test_time_grows_with_size_and_not_faster(data: bytes) -> None:
    """
    What would take minutes if anything were quadratic is done in seconds, without deep recursion.
    """
    before = time.process_time()

    fields = message.read(data)

    assert is_well_formed(fields)
    assert time.process_time() - before < 10


@pytest.mark.parametrize(("levels", "snippet"), [(99, "deep"), (100, "")])
def test_nesting_ends_where_dovecot_ends_it(levels: int, snippet: str) -> None:
    """
    The hundredth multipart inside of others is not opened.
    """
    assert message.read(nested(levels))["snippet"] == snippet


@pytest.mark.parametrize(("images", "snippet"), [(9998, "last"), (9999, "")])
def test_counting_of_parts_ends_where_dovecot_ends_it(images: int, snippet: str) -> None:
    """
    The ten-thousandth part, the message itself counted, is the last that is seen.
    """
    data = multipart(b"mixed", b"--x\nContent-Type: image/png\n\nq\n" * images + b"--x\n\nlast\n")

    assert message.read(data)["snippet"] == snippet
