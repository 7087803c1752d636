"""
Requests and answers in their plain form, which nearly all have: written and read in one go.

h11 judges HTTP/1.1 event by event, which costs as much as all else about an exchange. What is plain here h11
takes as well, and for the same (``tests/network/test_plain.py`` holds one against the other); whatever is not
is left to h11, which says in its own words what is wrong with it.
"""

from __future__ import annotations

import functools

from luahost import patterns
from luahost.exchange import Answer, Request, from_wire, to_wire

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_LINE = _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*+\r\n"

_REQUEST_LINE = patterns.compile(_TOKEN + rb" [\x21-\x7e]++ HTTP/1\.1\r\n")
_FIELD = patterns.compile(_LINE)
_ANSWER = patterns.compile(
    rb"HTTP/1\.1 (?P<status>[2-5][0-9][0-9]) (?P<reason>[\t\x20-\x7e\x80-\xff]*+)\r\n"
    rb"(?P<fields>(?:" + _LINE + rb")*+)\r\n"
)

_WITHOUT_BODY = frozenset({204, 304})
"""Statuses of answers that have none, whatever they say (RFC 9112, section 6.3)."""

REMEMBERED = 1000
"""How many lines are remembered as they go out: most of a script's requests are the same each time."""

SHORT_BYTES, ANSWERS = 1000, 100
"""How many answers are remembered, of up to so many bytes: endpoints mostly give the same again and again."""

_SPACE = " \t"

_DIGITS = 15
"""Of the longest length that is plain."""

_OTHERWISE_ANSWERED = frozenset({"HEAD", "CONNECT"})
"""Methods whose answers have no body, or no end."""

_NOT_PLAIN = frozenset({"transfer-encoding", "expect", "upgrade"})
"""Fields with which a message may be framed otherwise."""


def plain_request(request: Request, target: bytes) -> tuple[bytes, bool] | None:
    """
    A request as it goes out, and whether it leaves its connection for another; None if it is not plain.

    Args:
        request: The request.

        target: What to ask for, as it stands in the request line.
    """
    if request.method in _OTHERWISE_ANSWERED:
        return None
    host, others, length, stays = b"", [_request_line(request.method, target)], None, True
    for name, value in request.headers:
        line, known = _field(name, value)
        if known == "host":
            if host:
                return None
            host = line
            continue
        others.append(line)
        if known == "content-length":
            if length is not None or value != str(len(request.body)):
                return None
            length = value
        elif known == "connection":
            stays = stays and "close" not in [each.strip(_SPACE) for each in value.lower().split(",")]
        elif known in _NOT_PLAIN:
            return None
    # The host first (RFC 9110, section 7.2).
    others.insert(1, host)
    if b"" in others or (length is None and request.body):
        return None
    return b"%b\r\n%b" % (b"".join(others), request.body), stays


@functools.lru_cache(REMEMBERED)
def _request_line(method: str, target: bytes) -> bytes:
    """
    A request line; nothing if it is not plain.
    """
    line = b"%b %b HTTP/1.1\r\n" % (to_wire(method), target)
    return line if _REQUEST_LINE.fullmatch(line) else b""


@functools.lru_cache(REMEMBERED)
def _field(name: str, value: str) -> tuple[bytes, str]:
    """
    The line of a header field, which is nothing if it is not plain, and the field's name in lower case.
    """
    # Space around a value means nothing (RFC 9110, section 5.5).
    line = to_wire(f"{name}: {value.strip(_SPACE)}\r\n")
    return line if _FIELD.fullmatch(line) else b"", name.lower()


def plain_answer(data: bytes, most_bytes: int) -> tuple[Answer, bool] | None:
    """
    A whole answer, and whether its connection stays; None if it is not plain, or not all of it has come.

    Args:
        data: What has come, and nothing else.

        most_bytes: The longest body to take.
    """
    return (_plain_answer if len(data) > SHORT_BYTES else _remembered)(data, most_bytes)


def _plain_answer(data: bytes, most_bytes: int) -> tuple[Answer, bool] | None:
    found = _ANSWER.match(data)
    if found is None:
        return None
    headers, length, stays = [], None, True
    for line in found["fields"].splitlines():
        raw, _, value = line.partition(b":")
        name, value = from_wire(raw), value.strip(b" \t")
        known = name.lower()
        if known == "content-length":
            if length is not None or not value.isdigit() or len(value) > _DIGITS:
                return None
            length = int(value)
        elif known == "connection":
            stays = stays and b"close" not in [each.strip(b" \t") for each in value.lower().split(b",")]
        elif known in _NOT_PLAIN:
            return None
        headers.append((name, from_wire(value)))
    status, body = int(found["status"]), data[found.end() :]
    if length is None and status in _WITHOUT_BODY:
        length = 0
    if len(body) != length or len(body) > most_bytes or (body and status in _WITHOUT_BODY):
        return None
    answer = Answer(
        version="HTTP/1.1",
        status=status,
        reason=from_wire(found["reason"]),
        headers=tuple(headers),
        body=body,
    )
    return answer, stays


_remembered = functools.lru_cache(ANSWERS)(_plain_answer)
