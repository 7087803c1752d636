"""
Tunnels through a proxy: what the proxy is asked, and that the endpoint behind it proves who it is.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost.clock import SYSTEM_CLOCK
from luahost.errors import EndpointError
from luahost.exchange import Answer, Request
from luahost.network import RealNetwork
from luahost.network.sockets import Sockets
from luahost.tls import Tls
from tests.certificates import self_signed
from tests.network.keeping_endpoint import KeepingEndpoint

pytestmark = pytest.mark.needs("openssl")

LONG = "/" + "x" * 20_000
"""More than one TLS record holds."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A certificate for localhost, with its key.
    """
    return self_signed(tmp_path_factory.mktemp("certificate") / "localhost.pem", "DNS:localhost")


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    """
    What a server needs to be localhost.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


class Proxy:
    """
    A proxy that passes on what comes through its tunnels, one at a time.

    Attributes:
        heads: What it was asked.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if context else ''}://user:p%40ss@localhost:{self._listener.getsockname()[1]}/"
        self.heads: list[bytes] = []

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """
        Serve while the ``with`` lasts.
        """
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        yield self
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(5)
            try:
                if self._context is not None:
                    client = self._context.wrap_socket(client, server_side=True)
                self._tunnel(client)
            except OSError:
                # The client has gone, as it may.
                pass
            client.close()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536) or b"\r\n\r\n"
        self.heads.append(head)
        place = head.split(b" ")[1].decode()
        host, _, port = place.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as endpoint:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ways = {client: endpoint, endpoint: client}
            while True:
                readable, _, _ = select.select([client, endpoint], [], [], 5)
                for source in readable:
                    piece = source.recv(65536)
                    if not piece:
                        return
                    ways[source].sendall(piece)
                    while isinstance(source, ssl.SSLSocket) and source.pending():
                        ways[source].sendall(source.recv(65536))


def ask(network: RealNetwork, proxy: Proxy, tls: Tls, *, path: str = LONG, host: str = "localhost") -> Answer:
    """
    One exchange with the endpoint behind the proxy.
    """
    request = Request(
        method="POST",
        url=f"https://{host}{path}",
        headers=(("Host", "h"), ("Content-Length", "40000")),
        body=b"x" * 40_000,
        timeout_seconds=5,
        proxy=proxy.url,
        tunnel=True,
        tls=tls,
    )
    return network.send(request, address=None, seconds=20, most_bytes=1_000_000, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("proxy_tls", [False, True])
def test_a_tunnel(context: ssl.SSLContext, certificate: Path, sockets: Sockets, *, proxy_tls: bool) -> None:
    """
    The proxy is asked for the endpoint, with its credentials, and sees no more; the tunnel is used again; and
    all of it may be in TLS to the proxy.
    """
    network = RealNetwork(keep=1, sockets=sockets)
    with Proxy(context if proxy_tls else None).running() as proxy, KeepingEndpoint(context) as endpoint:
        host = f"localhost:{endpoint.port}"
        answers = [ask(network, proxy, Tls(cafile=str(certificate)), host=host) for _ in range(2)]
        network.close()

    head = f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n"
    assert proxy.heads == [f"{head}Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n".encode()]
    assert [answer.body for answer in answers] == [LONG.encode()] * 2
    assert endpoint.connections == [[f"POST {LONG} HTTP/1.1"] * 2]


@pytest.mark.parametrize("proxy_tls", [False, True])
def test_who_is_behind_a_tunnel_is_checked(
    context: ssl.SSLContext, sockets: Sockets, certificate: Path, *, proxy_tls: bool
) -> None:
    """
    An endpoint that the certificate is not for is refused, whatever the proxy is.
    """
    network = RealNetwork(sockets=sockets)
    with (
        Proxy(context if proxy_tls else None).running() as proxy,
        KeepingEndpoint(context) as endpoint,
        pytest.raises(EndpointError) as raised,
    ):
        ask(network, proxy, Tls(cafile=str(certificate)), host=f"127.0.0.1:{endpoint.port}")

    assert (raised.value.kind, len(proxy.heads)) == ("tls", 1)
    assert "certificate verify failed" in raised.value.detail
