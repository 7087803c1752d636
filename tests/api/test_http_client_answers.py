"""
What ``dovecot.http.client`` makes of answers that are broken, late or not there. What is expected was asked
of Dovecot 2.3.19.1.
"""

from __future__ import annotations

import email.utils
import time

import pytest

from tests.api.http_runner import Run
from tests.api.scripted_endpoint import HANG, OK, RESET, Pieces, ScriptedEndpoint, answer

HEAD = b"HTTP/1.1 200 OK\r\n"

READ_ERROR = "lua: ERROR: REQUEST PAYLOAD READ ERROR: "


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        (
            [b"this is not http\r\n\r\n"],
            "Invalid HTTP version in response: `this is not http'<CR><LF><CR><LF>",
        ),
        ([b"\x00\xff" + b"x" * 30], "Invalid HTTP version in response: <0x00><0xff>`xxxxxxxxxxxxxxxxxx'"),
        ([b"http/1.1 200 OK\r\n\r\n"], "Invalid HTTP version in response: `http/1.1 200 OK'<CR><LF><CR><LF>"),
        ([b"HTTP/1.1 abc OK\r\n\r\n"], "Invalid HTTP status code in response"),
        ([b"HTTP/1.1 20 OK\r\n\r\n"], "Invalid HTTP status code in response"),
        (answer("600 Six"), "Invalid HTTP status code in response"),
        (answer("099 Less"), "Invalid HTTP status code in response"),
        (
            [HEAD, b"no colon\r\n\r\n"],
            "Failed to parse header: Expected ':' after header field name 'no', but found ' '",
        ),
        ([HEAD, b"Content-Length: abc\r\n\r\n"], "Invalid Content-Length header"),
        ([HEAD, b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n"], "Duplicate Content-Length header"),
        (
            answer("204 No Content", body=b"ok"),
            "Unexpected Content-Length header field for 204 response (length=2)",
        ),
    ],
)
def test_bad_responses(pieces: Pieces, reason: str, run: Run) -> None:
    """
    9007 says what is wrong with the answer, and so does the effect.
    """
    with ScriptedEndpoint(pieces) as endpoint:
        found = run(f"submit('{endpoint.url}')")

    assert found.text == f"9007|{reason}|"
    assert found.exchanges[0].error == reason


def test_a_bad_response_after_100_continue(run: Run) -> None:
    """
    It is told like one that comes first.
    """
    with ScriptedEndpoint([b"this is not http\r\n\r\n"]) as endpoint:
        found = run(f"submit('{endpoint.url}', nil, function(r) r:set_payload('x') end)")

    assert found.text == "9007|Invalid HTTP version in response: `this is not http'<CR><LF><CR><LF>|"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([HEAD, b"\r\nuntil close"], "200|OK|until close"),
        ([b"HTTP/1.0 200 OK\n\nold"], "200|OK|old"),
        ([b"HTTP/1.1 102 Wait\r\n\r\n", *OK], "200|OK|ok"),
        ([HEAD, b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"], "200|OK|ok"),
        (answer("299 Quite fine"), "299|Quite fine|"),
        ([b"HTTP/1.1 304 Same\r\nContent-Length: 2\r\n\r\n"], "304|Same|"),
        ([b"HTTP/1.1 304 Same\r\nLocation: /x\r\n\r\n"], "304|Same|"),
        (answer("302 Nowhere", body=b"b"), "302|Nowhere|b"),
    ],
)
def test_odd_answers(pieces: Pieces, text: str, run: Run) -> None:
    """
    What is odd and no breach of HTTP is an answer.
    """
    with ScriptedEndpoint(pieces) as endpoint:
        found = run(f"submit('{endpoint.url}')")

    assert found.text == text
    assert found.log == []


@pytest.mark.parametrize(
    ("pieces", "payload", "line"),
    [
        (
            [HEAD, b"Content-Length: 100\r\n\r\nonly this"],
            "only this",
            "Disconnected while reading message payload at offset 9 (wanted 100): "
            "Connection closed (opened 0 secs ago)",
        ),
        (
            [HEAD, b"Content-Length: 5\r\n\r\n"],
            "",
            "Disconnected while reading message payload at offset 0 (wanted 5): "
            "Connection closed (opened 0 secs ago)",
        ),
        ([HEAD, b"Content-Length: 4\r\n\r\nab", HANG], "ab", "Read timeout in T s after 2 bytes"),
        ([HEAD, b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"], "hel", "Unexpected end of payload"),
        (
            [HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n"],
            "",
            "Expected chunk size digit, but found 'z'",
        ),
    ],
)
def test_short_payloads(pieces: Pieces, payload: str, line: str, run: Run) -> None:
    """
    The script gets the part that came, with status 200, and only the log says that it is not all.
    """
    with ScriptedEndpoint(pieces) as endpoint:
        found = run(f"submit('{endpoint.url}', {{request_timeout_msecs = 500}})")

    assert found.text == f"200|OK|{payload}"
    assert found.log == [READ_ERROR + line]
    assert found.exchanges[0].error is not None


def test_a_reset_connection(run: Run) -> None:
    """
    It is lost, with the system's words.
    """
    with ScriptedEndpoint([RESET]) as endpoint:
        found = run(f"submit('{endpoint.url}')")

    assert found.text.startswith(
        f"9005|Connection lost: read((conn:{endpoint.place},id=0)) failed: "
        "read(size=8192) failed: Connection reset by peer (Request queued"
    )


@pytest.mark.parametrize(
    ("dialect", "settings", "reason"),
    [
        ("2.3", "request_timeout_msecs = 100", "Request timed out"),
        ("2.4", "request_timeout = '100ms'", "Request timed out"),
        ("2.4", "read_request_timeout = '100ms'", "Request timed out"),
        ("2.3", "request_absolute_timeout_msecs = 100", "Absolute request timeout expired"),
        ("2.4", "request_absolute_timeout = '100ms'", "Absolute request timeout expired"),
        ("2.3", "request_absolute_timeout_msecs = 100, max_attempts = 5", "Absolute request timeout expired"),
    ],
)
def test_timeouts(dialect: str, settings: str, reason: str, run: Run) -> None:
    """
    An endpoint that does not answer in time is 9008, once if it is the absolute time.
    """
    with ScriptedEndpoint([HANG]) as endpoint:
        found = run(f"submit('{endpoint.url}', {{{settings}}})", dialect=dialect)

    connected = ", connected T secs ago" if reason == "Request timed out" else ""
    times = f"1 send attempts in T secs, T in http ioloop, T in other ioloops{connected}"
    assert found.text == f"9008|{reason} (Request queued T secs ago, {times})|"
    assert len(found.exchanges) == 1


def test_the_absolute_timeout_ends_a_payload(run: Run) -> None:
    """
    What came of the payload until then is the answer, and no log line tells.
    """
    with ScriptedEndpoint([HEAD, b"Content-Length: 4\r\n\r\nab", HANG]) as endpoint:
        found = run(f"submit('{endpoint.url}', {{request_absolute_timeout_msecs = 500}})")

    assert found.text == "200|OK|ab"
    assert found.log == []


def test_an_absolute_timeout_before_retry_after(run: Run) -> None:
    """
    A Retry-After beyond the absolute timeout is not waited for.
    """
    later = f"Retry-After: {email.utils.formatdate(time.time() + 30, usegmt=True)}"
    with ScriptedEndpoint(answer("503 Busy", later)) as endpoint:
        settings = "max_attempts = 2, request_absolute_timeout_msecs = 5000"
        found = run(f"submit('{endpoint.url}', {{{settings}}})")

    assert found.text.startswith("9008|Absolute request timeout expired (Request queued T secs ago, ")


def test_a_host_that_does_not_exist(run: Run) -> None:
    """
    9002 names the host, and the exchange is noted though nothing was sent.
    """
    found = run("submit('http://nosuch.invalid/x')")

    assert found.text.startswith("9002|Failed to lookup host nosuch.invalid: ")
    assert [exchange.url for exchange in found.exchanges] == ["http://nosuch.invalid/x"]


def test_tls_with_an_endpoint_that_speaks_none(run: Run) -> None:
    """
    A handshake that fails is 9003, in OpenSSL's words.
    """
    with ScriptedEndpoint([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as endpoint:
        found = run(f"submit('https://{endpoint.place}/')")

    assert found.text.startswith(f"9003|SSL handshaking with {endpoint.place} failed: ")


def test_a_proxy_is_asked_for_the_whole_url(run: Run) -> None:
    """
    The proxy gets its own credentials besides the host's, and no word about the connection.
    """
    with ScriptedEndpoint(OK) as proxy:
        settings = f"proxy_url = 'http://a:b@{proxy.place}'"
        found = run(f"submit('http://u:p@example.invalid:81/p?q', {{{settings}}})")

    assert found.text == "200|OK|ok"
    lines = [line for line in proxy.heads[0].splitlines() if not line.startswith("Date: ")]
    assert lines == [
        "GET http://example.invalid:81/p?q HTTP/1.1",
        "Host: example.invalid:81",
        "Authorization: Basic dTpw",
        "Proxy-Authorization: Basic YTpi",
    ]
    assert "YTpi" not in str(found.exchanges)
    assert "dTpw" not in str(found.exchanges)


def test_a_proxy_tunnels_tls(run: Run) -> None:
    """
    For https the proxy is asked to connect, and what it refuses is a failed connection.
    """
    with ScriptedEndpoint(answer("502 Bad Gateway")) as proxy:
        settings = f"proxy_url = 'http://a:b@{proxy.place}'"
        found = run(f"submit('https://127.0.0.1:9/p', {{{settings}}})")

    assert found.text.startswith("9003|Tunnel connect(127.0.0.1:9) failed: 502 Bad Gateway")
    assert proxy.heads[0].startswith("CONNECT 127.0.0.1:9 HTTP/1.1")
    assert "Proxy-Authorization: Basic YTpi" in proxy.heads[0]
