"""
What is plain is to h11 what it is here.
"""

from __future__ import annotations

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.exchange import Request, to_wire
from luahost.network.plain import plain_answer, plain_request

MOST_BYTES = 100

HEADS = [
    "HTTP/1.1 200 OK",
    "HTTP/1.1 204 ",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 500 \x85h",
    "HTTP/1.1 100 Go",
]
HEADS += ["HTTP/1.0 200 OK", "HTTP/1.1 200", "HTTP/1.1 99 No", "HTTP/1.1  200 OK"]
FIELDS = [
    "Content-Length: 2",
    "content-length:0",
    "Content-Length: 02",
    "Content-Length: 2, 2",
    "X: \t a b \t",
]
FIELDS += ["X:", "X : a", " folded", "X: a\x00", "X: \xe4", "Connection: close", "connection: TE, Close"]
FIELDS += ["Connection: keep-alive", "Transfer-Encoding: chunked", "X: a\rb", "X: a\nY: b", "Upgrade: h2c"]
OURS = [
    ("Host", "h"),
    ("host", "g"),
    ("Content-Length", "2"),
    ("content-length", " 2"),
    ("X", " a\t"),
    ("X", "\xe4"),
]
OURS += [
    ("X", "a\r\nY: b"),
    ("X", "a\nb"),
    ("", "a"),
    ("X y", "a"),
    ("Connection", "close, TE"),
    ("X", "\x00"),
]
OURS += [("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Upgrade", "h2c"), ("te", "trailers")]


def by_h11(data: bytes) -> tuple[int, bytes, list[tuple[bytes, bytes]], bytes, bool] | None:
    """
    An answer to h11: status, reason, header fields, body, and whether the connection stays; None if it is
    none, or not all there is.
    """
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    try:
        head = http.next_event()
        if type(head) is not h11.Response:
            return None
        body = b""
        while type(event := http.next_event()) is h11.Data:
            body += event.data
    except h11.RemoteProtocolError:
        return None
    if type(event) is not h11.EndOfMessage:
        return None
    stays = http.their_state is h11.DONE and not http.trailing_data[0]
    return head.status_code, bytes(head.reason), list(head.headers.raw_items()), body, stays


@settings(max_examples=60)
@given(
    st.sampled_from(HEADS),
    st.lists(st.sampled_from(FIELDS), max_size=3),
    st.sampled_from([b"", b"ok", b"okay"]),
)
def test_answers(head: str, fields: list[str], body: bytes) -> None:
    """
    An answer that is plain has the same status, header fields and body to h11, which keeps the connection
    for as long.
    """
    data = "".join(f"{line}\r\n" for line in (head, *fields, "")).encode("latin-1") + body

    found = plain_answer(data, MOST_BYTES)

    if found is not None:
        answer, stays = found
        names = [(to_wire(name), to_wire(value)) for name, value in answer.headers]
        told = (answer.status, to_wire(answer.reason), names, answer.body, stays)
        assert told == by_h11(data)


@settings(max_examples=60)
@given(
    st.sampled_from(["GET", "POST", "HEAD", "CONNECT", "A B", ""]),
    st.sampled_from([b"/", b"/a?b", b"/a b", b"/\r\n", b"*"]),
    st.lists(st.sampled_from(OURS), max_size=4),
    st.sampled_from([b"", b"ok"]),
)
def test_requests(method: str, target: bytes, headers: list[tuple[str, str]], body: bytes) -> None:
    """
    A request that is plain is what h11 would send, to the byte, and leaves the connection as it would to h11.
    """
    request = Request(method=method, url="http://h/", headers=tuple(headers), body=body)

    found = plain_request(request, target)

    if found is not None:
        http = h11.Connection(h11.CLIENT)
        fields = [(to_wire(name), to_wire(value).strip(b" \t")) for name, value in headers]
        sent = http.send(h11.Request(method=method, target=target, headers=fields))
        sent += (http.send(h11.Data(data=body)) or b"") if body else b""
        sent += http.send(h11.EndOfMessage()) or b""
        assert found == (sent, http.our_state is h11.DONE)


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ((("host", "h"), ("content-length", "4"), ("te", "trailers"), ("connection", "close, TE")), 4),
        ((("Host", "h:80"), ("Content-Length", "4"), ("Connection", "Keep-Alive"), ("webhook-id", "1-a")), 4),
        ((("Host", "[::1]"),), 0),
    ],
)
def test_what_scripts_send_is_plain(fields: tuple[tuple[str, str], ...], length: int) -> None:
    """
    LuaSocket's requests and Dovecot's are, and so are the answers that most endpoints give.
    """
    request = Request(method="POST", url="http://h/", headers=fields, body=b"x" * length)

    assert plain_request(request, b"/") is not None
    assert plain_answer(b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 2\r\n\r\nok", 2) is not None
    assert plain_answer(b"HTTP/1.1 204 No Content\r\nServer: s\r\n\r\n", 0) is not None


def test_long_heads() -> None:
    """
    What is not plain is found out in a moment, however long it is.
    """
    assert plain_answer(b"HTTP/1.1 200 OK\r\nX:" + b" \t" * 1_000_000 + b"\0\r\n\r\n", MOST_BYTES) is None
    assert plain_answer(b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * 300_000, MOST_BYTES) is None
