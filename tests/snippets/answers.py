"""
What servers say, well framed or not: the answers that :mod:`tests.snippets.wire` gives to random requests.

All of it is within what h11 takes, as ``docs/luasocket.md`` has the rest: no header is folded, no line of a
chunked body ends in a bare line feed, and no length is anything but a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from random import Random

NO_ANSWERS = [
    *(b"", b"HTTP", b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\nX-A: b"),
    *(b"no HTTP", b"body{2500}", b"HTTX/1.1 200 OK\r\n\r\n"),
]
CODES = [
    *(200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 204, 206),
    *(300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 408, 500, 599),
]
REASONS = [b"OK", b"OK", b"OK", b"Not so  good: \xe4", b""]
INTERIM = [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX-E: 1\r\n\r\n{pause}"]
NAMES = [
    *(b"X-A", b"X-A", b"x-a", b"X_b", b"Set-Cookie", b"ETag", b"Server", b"Date", b"Trailer", b"1"),
    b"Connection",
]
VALUES = [
    *(b"", b"a", b"a:b", b"a=1; b", b"\xc3\xa4\xe4", b"close", b"keep-alive", b"x, y", b'"q"', b"{9000}"),
]
ELSEWHERE = [
    *(b"", b"#f", b"?q", b".", b"..", b"//", b"{base}", b"//127.0.0.1:1/", b"http://127.0.0.1:1/x"),
    *(b"ftp://h/", b"mailto:x", b"http:", b"http://", b"x:"),
]
BODIES = {
    b"": 0,
    b"a": 1,
    b"some text\n": 10,
    b"\r\n\r\n": 4,
    b"0\r\n\r\n": 5,
    b"\0\xff": 2,
    b"{pause}a{pause}b": 2,
    b"{2048}": 2048,
    b"{2500}": 2500,
    b"{5000}y": 5001,
}
"""Bodies, and how long each is."""

ENDS = [b"0\r\n\r\n", b"00\r\n\r\n", b"0;x\r\n\r\n", b"0\r\nX-After: 1\r\n\r\n"]
"""Of chunked bodies that are whole."""

REQUEST_TIMEOUT = 408


def answer(rng: Random, depth: int = 0) -> bytes:
    """
    What the server sends for a path, after so many redirects.
    """
    if rng.random() < 0.04:
        return rng.choice(NO_ANSWERS)
    code = rng.choice(CODES)
    fields = [header(rng) for _ in range(rng.choice([0, 0, 1, 2, 5]))]
    if code // 100 == 3 or rng.random() < 0.05:
        fields.append(b"Location: " + location(rng, depth))
    framing, body = framed(rng)
    at = rng.randrange(len(fields) + 1)
    status = rng.choice([b"HTTP/1.1"] * 5 + [b"HTTP/1.0"]) + b" %d " % code + rng.choice(REASONS)
    line_end = rng.choice([b"\r\n"] * 9 + [b"\n"])
    head = line_end.join([status, *fields[:at], *framing, *fields[at:], b"", b""])
    if code == REQUEST_TIMEOUT:
        # LuaSocket reads no further, unless something has come before it.
        return head
    interim = rng.choice(INTERIM) * rng.choice([1, 1, 3]) if rng.random() < 0.15 else b""
    return interrupted(rng, interim + head + body)


def interrupted(rng: Random, text: bytes) -> bytes:
    """
    Some end early, or come in pieces.
    """
    if b"{" in text or rng.random() < 0.9:
        return text
    at, then = sorted(rng.randrange(len(text)) for _ in range(2))
    return rng.choice([text[:at], text[:at] + b"{pause}" + text[at:then] + b"{pause}" + text[then:]])


def header(rng: Random) -> bytes:
    """
    One header line.
    """
    return rng.choice(NAMES) + b":" + rng.choice([b" "] * 6 + [b"", b"  ", b"\t"]) + rng.choice(VALUES)


def location(rng: Random, depth: int) -> bytes:
    """
    A place to go to, which mostly answers something else.
    """
    if depth > 5 or rng.random() < 0.12:
        return rng.choice(ELSEWHERE)
    path = quote(answer(rng, depth + 1), safe="").encode()
    start = rng.choice([b"/", b"/", b"{base}/", b"", b"./", b"../", b"http:/"])
    return start + path + rng.choice([b"", b"", b"", b"?q=1", b"#f", b";p", b"?"])


def framed(rng: Random) -> tuple[list[bytes], bytes]:
    """
    Header lines that say how long a body is, and the body. The connection stays open only where the client
    can tell that all has come.
    """
    stays = b"{open}" if rng.random() < 0.1 else b""
    kind = rng.randrange(12)
    if kind < 4:
        return chunked(rng, stays)
    body, size = rng.choice(list(BODIES.items()))
    if kind < 6:
        return [], body
    if kind == 6:
        stays, size = b"", size + rng.choice([1, 3000])
    elif kind == 7:
        size = max(0, size - 1)
    return [rng.choice([b"Content-Length", b"content-length"]) + b": %d" % size], body + stays


def chunked(rng: Random, stays: bytes) -> tuple[list[bytes], bytes]:
    """
    The same for chunks.
    """
    body = b""
    for _ in range(rng.randrange(4)):
        size = rng.choice([1, 5, 2048, 3000])
        digits = rng.choice([b"%x", b"%X", b"0%x", b"000%x"]) % size
        body += digits + rng.choice([b"", b"", b"", b";a", b';a="b"', b" "]) + b"\r\n{%d}\r\n" % size
    whole = rng.random() < 0.7
    body += (
        rng.choice(ENDS) + stays
        if whole
        else rng.choice([b"0\r\n", b"", b"zz\r\n", b"0\r\nno colon\r\n\r\n"])
    )
    return [rng.choice([b"Transfer-Encoding", b"transfer-encoding"]) + b": chunked"], body


def has_chunks(text: bytes) -> bool:
    """
    Whether an answer, or one that it leads to, may be chunked. Each is quoted once more than the one before.
    """
    while (inner := unquote_to_bytes(text)) != text:
        text = inner
    return b"hunked" in text
