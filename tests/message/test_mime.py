"""
Parts, and the choice among them.
"""

from __future__ import annotations

import pytest

from luahost.message.mime import parse_parts, text_part

PLAIN, HTML, IMAGE = b"Content-Type: text/plain", b"Content-Type: text/html", b"Content-Type: image/png"


def multipart(subtype: bytes, *parts: bytes, boundary: bytes = b"x") -> bytes:
    """
    A multipart of parts, each a header and a body of one line.
    """
    lines = b"".join(b"--%s\n%s\n" % (boundary, part) for part in parts)
    return b"Content-Type: multipart/%s; boundary=%s\n\n%s--%s--\n" % (subtype, boundary, lines, boundary)


@pytest.mark.parametrize(
    ("message", "body"),
    [
        (b"Subject: x\n\nno type", b"no type"),
        (IMAGE + b"\n\nx", None),
        (multipart(b"mixed", IMAGE + b"\n\nA", HTML + b"\n\nB", PLAIN + b"\n\nC"), b"B"),
        (multipart(b"alternative", HTML + b"\n\nA", PLAIN + b"\n\nB"), b"B"),
        (multipart(b"alternative", HTML + b"\n\nA", HTML + b"\n\nB", IMAGE + b"\n\nC"), b"B"),
        (multipart(b"alternative", b"Content-Type: text/calendar\n\nA", HTML + b"\n\nB"), b"B"),
        (multipart(b"alternative", multipart(b"related", HTML + b"\n\nA", boundary=b"y")), None),
        (multipart(b"mixed", multipart(b"related", HTML + b"\n\nA", boundary=b"xy"), b"\nB"), b"A"),
        (multipart(b"mixed", b"Content-Type: message/rfc822\n\nSubject: x\n\nA", b"\nB"), b"B"),
        (multipart(b"mixed", IMAGE, b"\nB"), b"B"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--xyz\n\ncut off", b"cut off"),
        (b"Content-Type: multipart/mixed\n\n--x\n\nA", None),
    ],
)
def test_the_text_of_a_message(message: bytes, body: bytes | None) -> None:
    """
    The first text of any kind, but among alternatives the plain one; forwarded messages do not count.
    """
    part = text_part(parse_parts(message))

    assert (part and message[part.start : part.end]) == body
