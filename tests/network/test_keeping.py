"""
Connections that are kept: which requests go over them, and what happens when they end.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from luahost.clock import SYSTEM_CLOCK
from luahost.errors import EndpointError
from luahost.exchange import Answer, Place, Request
from luahost.network import RealNetwork
from luahost.network.sockets import Sockets
from luahost.tls import Tls
from tests.certificates import self_signed
from tests.network.keeping_endpoint import END, KeepingEndpoint


@pytest.fixture
def network(sockets: Sockets) -> Iterator[RealNetwork]:
    """
    A network that keeps connections.
    """
    keeping = RealNetwork(keep=10, sockets=sockets)
    yield keeping
    keeping.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A certificate for localhost, with its key.
    """
    return self_signed(tmp_path_factory.mktemp("certificate") / "localhost.pem", "DNS:localhost")


def post(port: int, path: str = "/a", *headers: tuple[str, str]) -> Request:
    """
    A request as Dovecot's client sends it.
    """
    return Request(
        method="POST",
        url=f"http://127.0.0.1:{port}{path}",
        headers=(("Host", "h"), ("Content-Length", "4"), *(headers or (("Connection", "Keep-Alive"),))),
        body=b"body",
        timeout_seconds=5,
    )


def send(network: RealNetwork, request: Request, *, address: str | None = "127.0.0.1") -> Answer:
    """
    One exchange, at this address.
    """
    return network.send(request, address=address, seconds=20, most_bytes=100_000, clock=SYSTEM_CLOCK)


def test_a_connection_is_used_again(network: RealNetwork) -> None:
    """
    Requests to one endpoint go over one connection, one after the other, and each gets its own answer.
    """
    with KeepingEndpoint() as endpoint:
        bodies = [send(network, post(endpoint.port, path)).body for path in ("/a", "/b", "/c")]
        network.close()

    assert bodies == [b"/a", b"/b", b"/c"]
    assert endpoint.connections == [["POST /a HTTP/1.1", "POST /b HTTP/1.1", "POST /c HTTP/1.1"]]


def test_by_default_none_is_kept() -> None:
    """
    A network that is not told to keep connections closes each, whatever the request says.
    """
    network = RealNetwork()
    with KeepingEndpoint() as endpoint:
        for _ in range(2):
            send(network, post(endpoint.port))

    assert len(endpoint.connections) == 2


def test_a_request_may_want_its_connection_closed(network: RealNetwork) -> None:
    """
    LuaSocket's requests say so.
    """
    with KeepingEndpoint() as endpoint:
        for _ in range(2):
            send(network, post(endpoint.port, "/a", ("connection", "close, TE")))

    assert len(endpoint.connections) == 2


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", b""),
        (b"HTTP/1.0 200 OK\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_an_answer_may_end_its_connection(network: RealNetwork, head: bytes, more: bytes) -> None:
    """
    By what it says, and by saying more than was asked: nobody takes that for the answer to the next request.
    """
    with KeepingEndpoint(head=head, more=more) as endpoint:
        bodies = [send(network, post(endpoint.port, path)).body for path in ("/a", "/b")]

    assert bodies == [b"/a", b"/b"]
    assert len(endpoint.connections) == 2


def test_a_connection_that_has_ended_is_not_used(network: RealNetwork) -> None:
    """
    One that the endpoint has ended meanwhile is found out before the next request goes out.
    """
    with KeepingEndpoint(more=END) as endpoint:
        send(network, post(endpoint.port))
        assert endpoint.ended.wait(5)
        answer = send(network, post(endpoint.port, "/b"))

    assert answer.body == b"/b"
    assert endpoint.connections == [["POST /a HTTP/1.1"], ["POST /b HTTP/1.1"]]


def test_what_may_have_been_done_is_not_asked_for_again(network: RealNetwork) -> None:
    """
    An endpoint that takes a request over a kept connection and goes away without an answer gets it once.
    """
    with KeepingEndpoint(silent_after=1) as endpoint:
        send(network, post(endpoint.port))
        with pytest.raises(EndpointError) as raised:
            send(network, post(endpoint.port, "/b"))

    assert raised.value.kind == "closed"
    assert endpoint.connections == [["POST /a HTTP/1.1", "POST /b HTTP/1.1"]]


@pytest.mark.parametrize("difference", ["name", "address", "proxy"])
def test_others_get_connections_of_their_own(network: RealNetwork, difference: str) -> None:
    """
    A connection is for one name at one address, and for a proxy or the endpoint itself.
    """
    with KeepingEndpoint() as endpoint:
        first = post(endpoint.port)
        second, address = first, "127.0.0.1"
        if difference == "name":
            second = replace(first, url=f"http://b.example:{endpoint.port}/a")
        elif difference == "address":
            address = "localhost"
        else:
            second = replace(first, proxy=f"http://127.0.0.1:{endpoint.port}", target="/a")
        for _ in range(2):
            send(network, first)
            send(network, second, address=address)
        network.close()

    assert endpoint.connections == [["POST /a HTTP/1.1"] * 2] * 2


@pytest.mark.needs("openssl")
def test_trust_is_not_shared(network: RealNetwork, certificate: Path) -> None:
    """
    A connection over which nobody had to prove anything is none for who wants proof; those who want the same
    share one.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with KeepingEndpoint(context) as endpoint:
        careless = replace(
            post(endpoint.port), url=f"https://localhost:{endpoint.port}/a", tls=Tls(verify=False)
        )
        careful = replace(careless, tls=Tls(cafile=str(certificate)))
        for request in (careless, careless, careful, careful):
            assert send(network, request).status == 200
        with pytest.raises(EndpointError) as raised:
            send(network, replace(careless, tls=Tls()))
        network.close()

    assert raised.value.kind == "tls"
    assert endpoint.connections == [["POST /a HTTP/1.1"] * 2, ["POST /a HTTP/1.1"] * 2, []]


def test_a_name_is_asked_for_once_a_moment() -> None:
    """
    Where connections are kept, requests that follow each other ask nobody for the name again; elsewhere each
    asks.
    """
    asked: list[str] = []

    def resolver(host: str, port: int | None) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"]

    for keep, times in ((10, 1), (0, 3)):
        asked.clear()
        network = RealNetwork(resolver, keep=keep)
        request = replace(post(80), url="http://a.example/")
        for _ in range(3):
            place = Place.of(request.url)
            found = network.addresses(request, place, seconds=5, clock=SYSTEM_CLOCK)
            assert found == ["192.0.2.1"]
        assert asked == ["a.example"] * times


SHARED = """\
import sys, threading
from luahost.network import RealNetwork
sys.setswitchinterval(1e-6)
network, ready, senders = RealNetwork(keep=10), threading.Barrier(6), set()
def prepare():
    ready.wait()
    network.prepare()
    senders.add(network._sender)
threads = [threading.Thread(target=prepare) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(senders))
"""


def test_threads_share_connections_from_the_first_request_on() -> None:
    """
    However many threads are the first to send something, what keeps connections is made once.
    """
    # In a process of its own, where nothing has been imported for it.
    done = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, check=True, text=True)

    assert done.stdout == "1\n"


def test_threads_share_a_network() -> None:
    """
    Each gets the answers to its own requests, over no more connections than there are threads.
    """
    network = RealNetwork(keep=10)
    wrong: list[bytes] = []

    def ask(number: int, port: int) -> None:
        for turn in range(10):
            path = f"/{number}/{turn}"
            body = send(network, post(port, path)).body
            if body != path.encode():
                wrong.append(body)

    with KeepingEndpoint() as endpoint:
        threads = [threading.Thread(target=ask, args=(number, endpoint.port)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        network.close()

    assert wrong == []
    assert sum(len(lines) for lines in endpoint.connections) == 60
    assert len(endpoint.connections) <= 6
