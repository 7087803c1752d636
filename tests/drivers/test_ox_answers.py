"""
What the OX driver makes of answers, and of none. The same was seen in Dovecot 2.3.19.1.
"""

from __future__ import annotations

import email.utils
import re
import time

import pytest

from luahost.effects import Http, Log
from tests.api.scripted_endpoint import HANG, OK, Pieces, ScriptedEndpoint, answer
from tests.drivers.ox_session import MAIL, delivered, ox, session
from tests.shims.endpoint import Endpoint


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (answer("202 Accepted"), "debug: Notification sent successfully: 202 Accepted"),
        (answer("299 "), "debug: Notification sent successfully: 299 "),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], "debug: Notification sent successfully: 204 No Content"),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
            "debug: Notification sent successfully: 200 OK",
        ),
        (answer("404 Not Found"), "error: Error when sending notification: 404 Not Found"),
        (answer("500 Boo", body=b"why"), "error: Error when sending notification: 500 Boo"),
        (answer("503 Busy"), "error: Error when sending notification: 503 Busy"),
        (answer("503 Busy", "Retry-After: 1"), "error: Error when sending notification: 503 Busy"),
        (answer("304 Same", "Location: /x"), "error: Error when sending notification: 304 Same"),
        (answer("301 Moved"), "error: Error when sending notification: 301 Moved"),
        (
            answer("301 Moved", "Location: http://127.0.0.1:1/"),
            "error: Error when sending notification: Redirect refused",
        ),
        (
            answer("301 Moved", "Location: /x"),
            "error: Error when sending notification: "
            "Invalid redirect location: Relative HTTP URL not allowed",
        ),
        (
            [b"hello\r\n\r\n"],
            "error: Error when sending notification: "
            "Invalid HTTP version in response: `hello'<CR><LF><CR><LF>",
        ),
    ],
)
@pytest.mark.parametrize("name", ["documented", "2.3", "2.4"])
def test_answers(pieces: Pieces, words: str, name: str) -> None:
    """
    Every 2xx is good, whatever becomes of its body. Anything else is an error that nobody tries to mend.
    """
    with ScriptedEndpoint(pieces) as endpoint:
        log = delivered(ox(endpoint.url), dialect=name)

        assert len(endpoint.bodies) == 1
    assert log[-1] == words


def without_times(words: str) -> str:
    """
    The line with T for its times and PLACE for address and port.
    """
    return re.sub(r"127\.0\.0\.1:[0-9]+", "PLACE", re.sub(r"\d+\.\d{3}", "T", words))


def test_lost_connections() -> None:
    """
    One retry unless told otherwise; the last connection is the one in the line.
    """
    with ScriptedEndpoint([]) as endpoint:
        log = delivered(ox(endpoint.url))

        assert len(endpoint.bodies) == 2
    assert without_times(log[-1]) == (
        "error: Error when sending notification: Connection lost: read((conn:PLACE,id=2)) failed: EOF "
        "(Request queued T secs ago, 1 times retried, 2 send attempts in T secs, T in last attempt, "
        "T in http ioloop, T in other ioloops, connected T secs ago)"
    )


def test_a_retry_that_succeeds() -> None:
    """
    The line says how many retries it took.
    """
    with ScriptedEndpoint([], OK) as endpoint:
        log = delivered(ox(endpoint.url))

    assert without_times(log[-1]) == "debug: Notification sent successfully: 200 OK (1 retries in T secs)"


def test_retry_after() -> None:
    """
    A 503 whose Retry-After is near is tried again.
    """
    date = email.utils.formatdate(time.time() + 1, usegmt=True)
    busy = answer("503 Busy", f"Date: {date}", "Retry-After: 0")
    with ScriptedEndpoint(busy, OK) as endpoint:
        log = delivered(ox(endpoint.url))

    assert without_times(log[-1]) == "debug: Notification sent successfully: 200 OK (1 retries in T secs)"


def test_nobody_listens() -> None:
    """
    A refused connection is not tried again.
    """
    log = delivered(ox("http://127.0.0.1:1/", max_retries="5"))

    assert log[-1] == (
        "error: Error when sending notification: connect(127.0.0.1:1) failed: Connection refused"
    )


def test_an_endpoint_that_hangs() -> None:
    """
    Each attempt has its timeout, and then the delivery goes on.
    """
    begin = time.monotonic()
    with ScriptedEndpoint([HANG]) as endpoint:
        # The pauses count in the time for all attempts together, which a busy machine must not use up.
        log = delivered(
            ox(endpoint.url, max_retries="2", timeout_msecs="100", http_client_connect_backoff_time="2s")
        )

        assert len(endpoint.bodies) == 3
    assert time.monotonic() - begin >= 0.3
    assert without_times(log[-1]) == (
        "error: Error when sending notification: Request timed out "
        "(Request queued T secs ago, 2 times retried, 3 send attempts in T secs, T in last attempt, "
        "T in http ioloop, T in other ioloops, connected T secs ago)"
    )


def test_an_endpoint_that_never_ends() -> None:
    """
    A byte now and then does not prolong the time that all attempts have together.
    """
    with (
        Endpoint() as endpoint,
        session([ox(f"{endpoint.base}/trickle", timeout_msecs="300", max_retries="0")]) as opened,
    ):
        opened.deliver(MAIL)

    (exchange,) = opened.effects.of(Http)
    assert exchange.seconds < 1.5
    assert opened.effects.of(Log)[-1].text.endswith("Notification sent successfully: 200 OK")


@pytest.mark.parametrize(("name", "requests"), [("documented", [1, 3]), ("2.3", [1, 1]), ("2.4", [1, 1])])
def test_two_drivers_and_one_client(name: str, requests: list[int]) -> None:
    """
    In Dovecot the second driver has the HTTP client of the first, with its number of retries.
    """
    with ScriptedEndpoint([]) as first, ScriptedEndpoint([]) as second:
        delivered(
            ox(first.url, max_retries="0"),
            ox(second.url, max_retries="2", setting="push_notification_driver2"),
            dialect=name,
        )

        assert [len(endpoint.bodies) for endpoint in (first, second)] == requests


def test_the_next_driver_waits_no_longer_than_the_budget() -> None:
    """
    A hanging endpoint takes its time, and then the next one gets its notification.
    """
    with ScriptedEndpoint([HANG]) as hanging, ScriptedEndpoint(OK) as good:
        entries = [
            ox(hanging.url, timeout_msecs="200", max_retries="0"),
            ox(good.url, setting="push_notification_driver2"),
        ]
        with session(entries) as opened:
            opened.deliver(MAIL)

        assert len(good.bodies) == 1
    assert [exchange.driver for exchange in opened.effects.of(Http)] == [
        "push_notification_driver",
        "push_notification_driver2",
    ]
