"""
The way out: what goes over the wire, what comes back, what is noted, and the kinds of failure.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from luahost.effects import Effects, Http
from luahost.egress import Egress
from luahost.egress_policy import EgressPolicy, PolicyName
from luahost.errors import EndpointError, UsageError
from luahost.exchange import SIMPLE_VERSION, Answer, Request
from tests.shims.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = (("Host", "h"), ("Connection", "close"))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """
    An endpoint that answers by path.
    """
    with Endpoint() as serving:
        yield serving


def ask(
    request: Request, *, policy: EgressPolicy | PolicyName = "live"
) -> tuple[Answer | EndpointError, Http]:
    """
    What an exchange comes to, and the effect that it left.
    """
    effects = Effects()
    outcome: Answer | EndpointError
    with Egress(policy) as egress:
        try:
            outcome = egress.exchange(request, effects, lambda error: f"words for {error.kind}")
        except EndpointError as error:
            outcome = error
    (effect,) = effects.of(Http)
    return outcome, effect


def get(url: str, timeout_seconds: float = 5) -> Request:
    """
    A plain GET.
    """
    return Request(method="GET", url=url, headers=HEADERS, timeout_seconds=timeout_seconds)


def test_an_answer_is_what_came_back(endpoint: Endpoint) -> None:
    """
    Status, headers in order and with their names as sent, and the body, still encoded.
    """
    answer, _ = ask(get(endpoint.base + "/gzip"))

    assert answer == Answer(
        version="HTTP/1.1",
        status=200,
        reason="OK",
        headers=(("Content-Length", "16"), ("Content-Encoding", "gzip")),
        body=b"\x1f\x8bno gzip at all",
    )


def test_headers_of_one_name_stay_apart(endpoint: Endpoint) -> None:
    """
    Joining them is the caller's business.
    """
    answer, _ = ask(get(endpoint.base + "/duplicates"))

    assert isinstance(answer, Answer)
    assert [value for name, value in answer.headers if name.lower() == "x-one"] == ["1", "2"]


def test_a_request_goes_out_as_it_stands(endpoint: Endpoint) -> None:
    """
    No header is added, none is changed, and the method keeps its case.
    """
    ask(
        Request(
            method="pATCH",
            url=endpoint.base + "/ok?a=%zz&b",
            headers=(("hOST", "example.org"), ("x-Odd", "\udce4"), ("content-LENGTH", "3")),
            body=b"abc",
        )
    )

    (seen,) = endpoint.requests
    assert seen.line == "pATCH /ok?a=%zz&b HTTP/1.1"
    assert seen.headers == ("content-LENGTH: 3", "hOST: example.org", "x-Odd: \xe4")
    assert seen.body == b"abc"


def test_bytes_in_a_target_are_escaped(endpoint: Endpoint) -> None:
    """
    What is no ASCII goes out the way that servers read it.
    """
    ask(get(endpoint.base + "/\u00e4?\udcff"))

    assert endpoint.requests[0].line == "GET /%C3%A4?%FF HTTP/1.1"


def test_cookies_and_redirects_are_the_callers_business(endpoint: Endpoint) -> None:
    """
    A cookie is not sent back, and a redirect is an answer.
    """
    effects = Effects()
    with Egress() as egress:
        egress.exchange(get(endpoint.base + "/cookie"), effects)
        answer = egress.exchange(get(endpoint.base + "/302"), effects)

    assert answer.status == 302
    assert [seen.headers for seen in endpoint.requests] == [("Connection: close", "Host: h")] * 2


def test_a_proxy_is_asked_for_the_target(endpoint: Endpoint) -> None:
    """
    The connection goes to the proxy; the request line says what for.
    """
    url = "http://nosuch.invalid/echo"
    answer, effect = ask(
        Request(
            method="GET",
            url=url,
            target="http://nosuch.invalid:80/echo",
            headers=HEADERS,
            proxy=endpoint.base,
        )
    )

    assert isinstance(answer, Answer)
    assert endpoint.requests[0].line == "GET http://nosuch.invalid:80/echo HTTP/1.1"
    assert effect.url == url


def test_the_effect_of_an_answer(endpoint: Endpoint) -> None:
    """
    An exchange is noted as it was, without secrets.
    """
    secret = (
        ("Host", "h"),
        ("AUTHORIZATION", "Basic dTpw"),
        ("proxy-authorization", "x"),
        ("Content-Length", "2"),
    )
    url = endpoint.base.replace("//", "//user:password@") + "/500"
    begun = time.monotonic()
    _, effect = ask(Request(method="POST", url=url, headers=secret, body=b"ab"))
    spent = time.monotonic() - begun

    assert effect.url == endpoint.base + "/500"
    assert effect.headers == (
        ("Host", "h"),
        ("AUTHORIZATION", "***"),
        ("proxy-authorization", "***"),
        ("Content-Length", "2"),
    )
    assert (effect.method, effect.body) == ("POST", b"ab")
    assert (effect.status, effect.reason, effect.response_body) == (
        500,
        "Internal Server Error",
        b"status 500\n",
    )
    assert effect.response_headers == (("Content-Length", "11"),)
    assert (effect.error, effect.denied) == (None, False)
    assert 0 < effect.seconds <= spent
    assert "AUTHORIZATION: Basic dTpw" in endpoint.requests[0].headers


def test_deny_keeps_everything_inside(endpoint: Endpoint) -> None:
    """
    The endpoint hears nothing, and the effect says what would have gone out.
    """
    outcome, effect = ask(get(endpoint.base + "/ok"), policy="deny")

    assert isinstance(outcome, EndpointError)
    assert outcome.kind == "denied"
    assert (effect.denied, effect.error, effect.status) == (True, "words for denied", None)
    assert effect.url == endpoint.base + "/ok"
    assert endpoint.requests == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/close", "closed"),
        ("/reset", "closed"),
        ("/close-in-headers", "closed"),
        ("/garbage-short", "closed"),
        ("/garbage-http", "protocol"),
        ("/header-without-colon", "protocol"),
        ("/bad-length", "protocol"),
        ("/silent", "timeout"),
    ],
)
def test_kinds_of_no_answer(path: str, kind: str, endpoint: Endpoint) -> None:
    """
    What an endpoint does wrong before its answer has begun is an error with a kind.
    """
    outcome, effect = ask(get(endpoint.base + path, timeout_seconds=0.3))

    assert isinstance(outcome, EndpointError)
    assert outcome.kind == kind
    assert (effect.status, effect.error, effect.denied) == (None, f"words for {kind}", False)


@pytest.mark.parametrize(
    ("path", "kind", "length"),
    [
        ("/short", "closed", 3000),
        ("/chunked-short", "closed", 7),
        ("/chunked-bad", "protocol", 0),
        ("/silent-body", "timeout", 2500),
    ],
)
def test_kinds_of_broken_bodies(path: str, kind: str, length: int, endpoint: Endpoint) -> None:
    """
    What goes wrong in a body is part of the answer, and of its effect.
    """
    answer, effect = ask(get(endpoint.base + path, timeout_seconds=0.3))

    assert isinstance(answer, Answer)
    assert answer.broken is not None
    assert answer.broken.kind == kind
    assert len(answer.body) == length
    assert (effect.status, effect.error) == (200, f"words for {kind}")


def test_a_body_that_trickles_is_too_slow(endpoint: Endpoint) -> None:
    """
    A block of the body has to come within the timeout, however steadily its bytes do.
    """
    answer, _ = ask(get(endpoint.base + "/trickle", timeout_seconds=0.2))

    assert isinstance(answer, Answer)
    assert answer.broken is not None
    assert answer.broken.kind == "timeout"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/", "refused"),
        ("https://127.0.0.1:1/", "refused"),
        ("http://nosuch.invalid/", "host_not_found"),
        ("http://no such/", "host_not_found"),
        ("http://a..b/", "host_not_found"),
        ("http://" + "a" * 300 + "/", "host_not_found"),
        ("http://\udcff/", "host_not_found"),
        ("http:///", "host_not_found"),
        ("http://127.0.0.1:65536/", "protocol"),
        ("http://127.0.0.1:port/", "protocol"),
        ("ftp://127.0.0.1/", "protocol"),
        ("http://127.0.0.1/a b", "protocol"),
        ("http://127.0.0.1/a\r\nX: y", "protocol"),
    ],
)
def test_kinds_of_unreachable_urls(url: str, kind: str) -> None:
    """
    An address that leads nowhere has a kind, too.
    """
    outcome, effect = ask(get(url))

    assert isinstance(outcome, EndpointError)
    assert outcome.kind == kind
    assert effect.error == f"words for {kind}"


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="GE T", url="", headers=HEADERS),
        Request(method="", url="", headers=HEADERS),
        Request(method="GET", url="", headers=(*HEADERS, ("X A", "1"))),
        Request(method="GET", url="", headers=(*HEADERS, ("X-A", "1\r\nX-B: 2"))),
        Request(method="GET", url="", headers=()),
        Request(method="POST", url="", headers=HEADERS, body=b"unannounced"),
        Request(method="POST", url="", headers=(*HEADERS, ("Content-Length", "5")), body=b"abc"),
        Request(method="POST", url="", headers=(*HEADERS, ("Content-Length", "two")), body=b"ab"),
        Request(method="POST", url="", headers=(*HEADERS, ("Transfer-Encoding", "gzip")), body=b"ab"),
    ],
)
def test_what_is_no_http_stays_inside(request_: Request, endpoint: Endpoint) -> None:
    """
    A request that an endpoint could take for another one is not sent.
    """
    url = endpoint.base + "/ok"
    outcome, _ = ask(
        Request(
            method=request_.method, url=url, headers=request_.headers, body=request_.body, timeout_seconds=5
        )
    )

    assert isinstance(outcome, EndpointError)
    assert outcome.kind == "protocol"
    assert endpoint.requests == []


@pytest.mark.parametrize("seconds", [0, -1, 1e-9])
def test_no_time_is_a_timeout(seconds: float, endpoint: Endpoint) -> None:
    """
    Without time there is no exchange.
    """
    outcome, _ = ask(get(endpoint.base + "/silent", timeout_seconds=seconds))

    assert isinstance(outcome, EndpointError)
    assert outcome.kind == "timeout"


@pytest.mark.parametrize("seconds", [1e9, float("inf"), float("nan")])
def test_more_time_than_a_socket_can_be_told(seconds: float, endpoint: Endpoint) -> None:
    """
    A timeout in some other century, or none that could be counted, is none.
    """
    answer, _ = ask(get(endpoint.base + "/ok", timeout_seconds=seconds))

    assert isinstance(answer, Answer)
    assert answer.body == b"fine\n"


@pytest.mark.parametrize("path", ["/long", "/chunked-long", "/garbage-long"])
def test_a_body_without_end_is_cut_off(path: str, endpoint: Endpoint) -> None:
    """
    An endpoint cannot fill the memory.
    """
    answer, _ = ask(get(endpoint.base + path), policy=EgressPolicy(max_response_bytes=4000))

    assert isinstance(answer, Answer)
    assert len(answer.body) == 4000
    assert answer.broken is not None
    assert answer.broken.detail == "the body is longer than 4000 bytes"


def test_a_body_without_a_status_line(endpoint: Endpoint) -> None:
    """
    What does not begin as an answer is the body of a very old one.
    """
    answer, effect = ask(get(endpoint.base + "/garbage-blank-line"))

    assert answer == Answer(version=SIMPLE_VERSION, status=200, body=b"this is not http\r\n\r\n")
    assert effect.status == 200


def test_unknown_policies_are_refused() -> None:
    """
    A policy that does not exist is the operator's mistake, and says what there is.
    """
    with pytest.raises(UsageError, match="live, server, deny"):
        Egress("open")  # type: ignore[arg-type]


def test_a_closed_egress_can_be_used_again(endpoint: Endpoint) -> None:
    """
    Closing lets go of connections and of nothing else.
    """
    egress = Egress()
    statuses = []
    for _ in range(2):
        statuses.append(egress.exchange(get(endpoint.base + "/ok"), Effects()).status)
        egress.close()

    assert statuses == [200, 200]


def test_the_network_is_imported_when_it_is_needed() -> None:
    """
    A script that sends nothing does not wait for h11 and OpenSSL.
    """
    program = (
        "import sys, luahost.egress as egress; egress.Egress().close(); "
        "print({'h11', 'ssl', 'socket'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout == "set()\n"
