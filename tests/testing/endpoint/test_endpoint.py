"""
The endpoint double: routes, answers, history, strictness.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Any

import pytest

from luahost.effects import Effects, Http
from luahost.egress import Egress
from luahost.errors import EndpointError
from luahost.exchange import Answer as Result
from luahost.exchange import Request as Sent
from luahost.testing import Answer, Endpoint, Fault, ManualClock, Request
from luahost.tls import Tls

URL = "http://push.example/v1/messages"


def ask(endpoint: Endpoint, method: str = "GET", url: str = URL, body: bytes = b"") -> Result:
    """
    Send a request to the double, as every door does.
    """
    headers = (("Content-Length", str(len(body))), ("X-One", "1"), ("x-one", "2"))
    request = Sent(method=method, url=url, headers=headers, body=body)
    with Egress(network=endpoint, clock=ManualClock()) as egress:
        return egress.exchange(request, Effects())


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("http://push.example/v1/messages", True),
        ("HTTP://PUSH.example:80/v1/messages", True),
        ("http://push.example/v1/*", True),
        ("http://*/messages", True),
        ("*/messages", True),
        ("*", True),
        ("/v1/messages", True),
        ("/v1/*", True),
        (re.compile(r"http://push\.example/v\d/messages\?a=1"), True),
        ("http://push.example/v1/messages?a=1", True),
        ("http://push.example/v1/messages?a=*", True),
        ("http://push.example/v1/messages?a=2", False),
        ("http://push.example/v1/message.", False),
        ("http://push.example/V1/messages", False),
        ("http://push.example:8080/v1/messages", False),
        ("https://push.example/v1/messages", False),
        ("/messages", False),
        (re.compile("http://push.example"), False),
    ],
)
def test_patterns(pattern: str | re.Pattern[str], fits: bool) -> None:
    """
    A pattern is a whole URL in which ``*`` stands for anything; the query counts if it has one.
    """
    endpoint = Endpoint()
    route = endpoint.route("GET", pattern)

    assert route.matches("GET", "http://user:secret@push.example/v1/messages?a=1#there") is fits


def test_an_answer_is_what_the_route_says() -> None:
    """
    Status, reason, header fields and body; what servers add is added.
    """
    endpoint = Endpoint()
    endpoint.route("POST", URL, status=201, headers={"X-Id": "7"}, json={"ok": True})

    answer = ask(endpoint, "POST")

    assert (answer.status, answer.reason, answer.body) == (201, "Created", b'{"ok": true}')
    assert answer.headers == (
        ("Date", "Wed, 01 Jan 2020 12:00:00 GMT"),
        ("X-Id", "7"),
        ("Content-Type", "application/json"),
        ("Content-Length", "12"),
    )


def test_answers_come_in_order_and_the_last_one_stays() -> None:
    """
    A route with several answers gives them one after the other.
    """
    endpoint = Endpoint()
    endpoint.route("*", URL, answers=[Answer(503), Answer(500), lambda request: Answer(body=request.method)])

    assert [ask(endpoint, method).status for method in ("GET", "PUT")] == [503, 500]
    assert [ask(endpoint, method).body for method in ("POST", "PUT")] == [b"POST", b"PUT"]
    endpoint.verify()


def test_the_first_route_that_fits_answers() -> None:
    """
    A route that has had its number of requests leaves further ones to others.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL, status=500, times=1)
    endpoint.route("GET", "*", status=200)

    assert [ask(endpoint).status for _ in range(3)] == [500, 200, 200]
    assert [len(route.requests) for route in endpoint.routes] == [1, 2]


def test_history() -> None:
    """
    Requests are kept, with their bodies read as whatever the test takes them for.
    """
    endpoint = Endpoint()
    endpoint.route("*", "*")

    ask(endpoint, "POST", URL + "?a=1&b=&a=2", b'{"user": "bob"}')
    ask(endpoint, "PUT", URL, b"user=bob+b&tag=%C3%A4&tag=x")

    first, second = endpoint.requests
    assert (first.method, first.path, first.json) == ("POST", "/v1/messages", {"user": "bob"})
    assert first.query == {"a": ["1", "2"], "b": ""}
    assert (first.headers["x-ONE"], "X-TWO" in first.headers) == ("1, 2", False)
    assert dict(first.headers) == {"Content-Length": "15", "X-One": "1, 2"}
    assert second.form == {"user": "bob b", "tag": ["ä", "x"]}
    assert second.time == ManualClock().time()
    with pytest.raises(ValueError, match=r"no JSON .*user=bob"):
        _ = second.json


def test_credentials_are_in_the_headers_and_not_in_the_url() -> None:
    """
    A test sees what the endpoint sees, and reports show no secret.
    """
    endpoint = Endpoint()

    with pytest.raises(EndpointError):
        ask(endpoint, url="http://user:secret@push.example/")

    assert endpoint.problems == ["unexpected request: GET http://push.example/"]
    assert endpoint.requests[0].url == "http://push.example/"


def test_an_unexpected_request_is_refused_and_told_in_the_end() -> None:
    """
    The caller meets a closed port, so the script goes on as it would; the test fails nevertheless.
    """
    endpoint = Endpoint()
    endpoint.route("POST", URL, status=204)

    for _ in range(2):
        with pytest.raises(EndpointError, match="refused: Connection refused"):
            ask(endpoint)
    ask(endpoint, "POST")

    assert endpoint.unexpected == endpoint.requests[:2]
    with pytest.raises(AssertionError) as failed:
        endpoint.verify()
    assert str(failed.value) == f"unexpected request: GET {URL} (2 times)\nroutes:\n  POST {URL}"


def test_a_route_that_got_too_few_requests_fails() -> None:
    """
    None, fewer than its number, or fewer than it has answers for; an optional one may stay unused.
    """
    endpoint = Endpoint()
    endpoint.route("GET", "*/never")
    endpoint.route("GET", "*/twice", times=2)
    endpoint.route("GET", "*/retried", answers=[Fault("reset"), Answer()])
    endpoint.route("GET", "*/perhaps", optional=True)
    ask(endpoint, url="http://push.example/twice")
    with pytest.raises(EndpointError):
        ask(endpoint, url="http://push.example/retried")

    assert endpoint.problems == [
        "route not used: GET */never: no request",
        "route not used: GET */twice: 1 of 2 requests",
        "route not used: GET */retried: 1 request for 2 answers",
    ]
    assert endpoint.unused == endpoint.routes[:3]


def test_an_endpoint_that_is_not_strict() -> None:
    """
    It refuses and notes, and complains of nothing.
    """
    endpoint = Endpoint(strict=False)
    endpoint.route("GET", "*/never")

    with pytest.raises(EndpointError):
        ask(endpoint)

    endpoint.verify()
    assert [str(request) for request in endpoint.unexpected] == [f"GET {URL}"]


def test_policies_hold_for_the_double() -> None:
    """
    A host is public unless the test says where it is, so a server's policy lets requests out to it.
    """
    endpoint = Endpoint(addresses={"inside.example": "10.0.0.1"})
    endpoint.route("GET", "*", status=204)
    effects = Effects()

    with Egress("server", network=endpoint, clock=ManualClock()) as egress:
        for host in ("push.example", "inside.example", "localhost"):
            request = Sent(method="GET", url=f"http://{host}/", headers=(("Host", host),))
            with contextlib.suppress(EndpointError):
                egress.exchange(request, effects)

    assert [(effect.status, effect.refusal) for effect in effects.of(Http)] == [
        (204, None),
        (None, "inside.example has the address 10.0.0.1, which is in none of: public"),
        (None, "localhost has the address 127.0.0.1, which is in none of: public"),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "/a b"}, "unescaped"),
        ({"method": "GE T"}, "no request method"),
        ({"body": b"abc"}, "Content-Length is 0"),
        ({"url": "https://push.example/", "tls": Tls(protocol="tlsv1")}, "no protocols available"),
    ],
)
def test_what_cannot_be_sent(changes: dict[str, Any], words: str) -> None:
    """
    The double refuses what the real network would, and no route hears of it.
    """
    endpoint = Endpoint()
    endpoint.route("*", "*")
    request = replace(Sent(method="GET", url=URL), **changes)

    with Egress(network=endpoint) as egress, pytest.raises(EndpointError, match=words):
        egress.exchange(request, Effects())

    assert endpoint.requests == []


def test_a_fault_of_everything() -> None:
    """
    An endpoint can be out of order for a while, whatever its routes say; they count as used.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL, answers=[Answer(200), Answer(201), Answer(202)])
    statuses = [ask(endpoint).status]

    endpoint.fault = Fault("unavailable")
    statuses.append(ask(endpoint).status)
    endpoint.fault = None
    statuses.append(ask(endpoint).status)

    assert statuses == [200, 503, 202]
    endpoint.verify()


def test_a_request_that_fits_no_route_is_refused_by_a_redirecting_endpoint_too() -> None:
    """
    A fault is for the requests of routes.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL, status=204)
    endpoint.fault = Fault("redirect")

    location = dict(ask(endpoint).headers)["Location"]
    assert ask(endpoint, url=location).status == 204
    with pytest.raises(EndpointError, match="refused"):
        ask(endpoint, url="http://push.example/other")


def test_forgetting() -> None:
    """
    One endpoint can serve several tests.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL, answers=[Answer(500), Answer(200)])
    ask(endpoint)
    endpoint.forget()

    assert endpoint.requests == []
    assert ask(endpoint).status == 500


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"reply": Answer(), "status": 500}, "one of these"),
        ({"answers": []}, "at least one answer"),
        ({"times": 0}, "for one request at least"),
        ({"status": 20}, "from 200 to 999"),
        ({"status": 100}, "from 200 to 999"),
        ({"reason": "a\r\nb"}, "one line"),
        ({"delay_seconds": -1}, "no time before now"),
        ({"headers": {"X Y": "1"}}, "'X Y' is no name"),
        ({"headers": {"X": "1\n2"}}, "one line of text"),
        ({"headers": {"Content-Length": "3"}, "body": b"1234"}, "has 4 bytes, .* is 3; the fault truncated"),
        ({"headers": {"transfer-encoding": "chunked"}}, "frames its body itself"),
        ({"body": "x", "json": 1}, "body or json"),
    ],
)
def test_mistakes(arguments: dict[str, object], words: str) -> None:
    """
    A route that contradicts itself is refused where it is made.
    """
    with pytest.raises(ValueError, match=words):
        Endpoint().route("GET", URL, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no fault 'nothing'; there are refused, dns,"):
        Fault("nothing")
    with pytest.raises(ValueError, match=r"'push\.example/new' fits no URL; write https://"):
        Endpoint().route("GET", "push.example/new")
    with pytest.raises(ValueError, match=r"not 1\.5"):
        Endpoint().route("GET", URL, 1.5)  # type: ignore[arg-type]


def test_short_words() -> None:
    """
    A status stands for an answer and a name for a fault: as a reply, among answers, out of a function,
    and for all requests.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL, answers=[201, lambda request: 202, "unavailable", 204])

    statuses = [ask(endpoint).status for _ in range(4)]
    endpoint.fault = 500
    statuses.append(ask(endpoint).status)
    endpoint.fault = "retry_after"
    statuses.append(ask(endpoint).status)

    assert statuses == [201, 202, 503, 204, 500, 429]
    assert endpoint.fault == Fault("retry_after")


def test_requests_compare_by_what_was_sent() -> None:
    """
    Two requests are alike if method, URL, header fields and body are.
    """
    endpoint = Endpoint()
    endpoint.route("GET", URL)
    ask(endpoint)
    ask(endpoint)

    first, second = endpoint.requests
    assert first == second
    assert isinstance(first, Request)
