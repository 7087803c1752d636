"""
The double's routes behind a real server, asked by Python's own HTTP client.
"""

from __future__ import annotations

import http.client
import socket
import threading
from pathlib import Path

import pytest

from luahost.testing import Answer, Endpoint, Fault, Request
from tests.testing.endpoint.doors import PATIENCE_SECONDS, asked


def connection(url: str) -> http.client.HTTPConnection:
    """
    A connection to the server.
    """
    return http.client.HTTPConnection(url.partition("://")[2], timeout=5)


def test_routes_answer_over_a_socket() -> None:
    """
    Requests reach the routes' one origin, and are noted as ever; a connection takes several.
    """
    endpoint = Endpoint()
    endpoint.route("POST", "https://push.example/v1/*", status=201, headers={"X-Id": "7"}, body="fine")
    with endpoint.real() as server:
        client = connection(server.url)
        for _ in range(2):
            client.request("POST", "/v1/messages?a=1", body=b'{"user": "bob"}')
            response = client.getresponse()
            assert (response.status, response.reason, response.read()) == (201, "Created", b"fine")
            assert (response.headers["X-Id"], response.headers["Content-Length"]) == ("7", "4")
        client.close()

    endpoint.verify()
    assert [request.url for request in endpoint.requests] == ["https://push.example/v1/messages?a=1"] * 2
    assert endpoint.requests[0].json == {"user": "bob"}


def test_a_request_without_a_route_is_a_404_and_told() -> None:
    """
    A server cannot refuse what it has accepted already.
    """
    endpoint = Endpoint()
    with endpoint.real() as server:
        client = connection(server.url)
        client.request("GET", "/other")
        assert client.getresponse().status == 404
        client.close()

    assert endpoint.problems == [f"unexpected request: GET {server.url}/other"]


def test_a_head_request_has_no_body() -> None:
    """
    The answer says how long the body would be.
    """
    endpoint = Endpoint()
    endpoint.route("HEAD", "/", body="12345")
    with endpoint.real() as server:
        client = connection(server.url)
        client.request("HEAD", "/")
        response = client.getresponse()
        assert (response.headers["Content-Length"], response.read()) == ("5", b"")
        client.close()


@pytest.mark.parametrize("fault", ["reset", "refused", "dns", "connect_timeout"])
def test_what_a_server_cannot_do_is_a_reset(fault: str) -> None:
    """
    The connection ends with an RST.
    """
    endpoint = Endpoint()
    endpoint.route("GET", "/", Fault(fault))
    with endpoint.real() as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_server_ends_though_somebody_waits() -> None:
    """
    The end of the ``with`` does not wait for an answer that never comes.
    """
    arrived = threading.Event()

    def silence(request: Request) -> Fault:
        arrived.set()
        return Fault("read_timeout")

    endpoint = Endpoint()
    endpoint.route("GET", "/", silence)
    with socket.socket() as client:
        with endpoint.real() as server:
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert arrived.wait(5)
        client.settimeout(5)
        assert client.recv(1) == b""


def test_an_isolated_script_talks_to_the_double(tmp_path: Path) -> None:
    """
    The double is the host's, so it is there for a script in a process of its own.
    """
    endpoint = Endpoint()
    endpoint.route("GET", "http://push.example/", answers=[Answer(body="one")])

    found = asked(
        "socket", "http://push.example/", tmp_path, patience=PATIENCE_SECONDS, network=endpoint, isolate=True
    )

    assert found["printed"] == ["1|200|HTTP/1.1 200 OK|one|nil|nil"]
