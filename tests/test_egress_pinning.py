"""
Requests under a policy, at real endpoints: names are looked up once, every address is checked, connections
go to what was checked, and all of it has an end.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from luahost.effects import Effects, Http
from luahost.egress import Egress
from luahost.egress_policy import SERVER, EgressPolicy
from luahost.errors import EndpointError
from luahost.exchange import OVERALL, Answer, Request
from luahost.network import RealNetwork
from luahost.tls import Tls
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.certificates import self_signed
from tests.shims.endpoint import Endpoint, trickle

LOCAL = replace(SERVER, ports=None, networks=("127.0.0.0/8", "::1/128"))
"""A server's policy whose public addresses are the loopback's, so that tests have endpoints to reach."""

NAME = "push.example.org"

Converse = Callable[[socket.socket], None]
"""What a server does with a connection, after the client has spoken."""


class Names:
    """
    A resolver: a name's addresses, a list of them for each time that it is asked, the last one for ever.
    """

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int | None) -> Sequence[str]:
        self.asked.append(host)
        answers = self._names.get(host.lower(), [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def here(*addresses: str) -> Names:
    """
    A resolver that knows NAME.
    """
    return Names(push_example_org=[addresses or ["127.0.0.1"]])


def get(port: int, *, host: str = NAME, scheme: str = "http", path: str = "/ok", **more: object) -> Request:
    """
    A GET of that host and port.
    """
    return Request(
        method="GET",
        url=f"{scheme}://{host}:{port}{path}",
        headers=(("Host", f"{host}:{port}"), ("Connection", "close")),
        **{"timeout_seconds": 5.0, **more},  # type: ignore[arg-type]  # the fields of a request
    )


def ask(
    request: Request, policy: EgressPolicy = LOCAL, resolver: Names | None = None
) -> tuple[Answer | EndpointError, Http]:
    """
    What an exchange comes to, and its effect.
    """
    effects = Effects()
    outcome: Answer | EndpointError
    with Egress(policy, network=RealNetwork(resolver or here())) as egress:
        try:
            outcome = egress.exchange(request, effects)
        except EndpointError as error:
            outcome = error
    (effect,) = effects.of(Http)
    return outcome, effect


@contextmanager
def serving(converse: Converse, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    """
    A server that hands its one connection to a function; gives its port.
    """
    place = ("127.0.0.1", 0) if family == socket.AF_INET else ("::1", 0)
    with socket.create_server(place, family=family) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    converse(connection)
                except OSError:
                    # The client has gone, as it may.
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def drips(beginning: bytes) -> Converse:
    """
    A server that says this and then goes on byte by byte, for far longer than a test would wait.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(beginning)
        trickle(connection, b"x" * 400)

    return converse


def test_a_name_keeps_its_name_at_a_checked_address() -> None:
    """
    The name is looked up once; the endpoint sees Host as it was asked for.
    """
    names = here()
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        answer, effect = ask(get(port), resolver=names)

    assert isinstance(answer, Answer)
    assert answer.body == b"ok"
    assert names.asked == [NAME]
    assert f"Host: {NAME}:{port}" in endpoint.heads[0]
    assert (effect.url, effect.denied, effect.refusal) == (f"http://{NAME}:{port}/ok", False, None)


def test_a_name_that_rebinds_is_not_asked_again() -> None:
    """
    What the name turns into after the check does not matter: the connection goes to what was checked.
    """
    names = Names(push_example_org=[["127.0.0.1"], ["10.0.0.1"]])
    with ScriptedEndpoint(OK) as endpoint:
        answer, _ = ask(get(int(endpoint.place.rpartition(":")[2])), resolver=names)

    assert isinstance(answer, Answer)
    assert names.asked == [NAME]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
@pytest.mark.parametrize("others", [[], ["8.8.8.8"]])
def test_one_bad_address_refuses_a_name(address: str, others: list[str]) -> None:
    """
    A name with an address that is not public is refused, whatever other addresses it has; nobody is asked.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        outcome, effect = ask(get(port), replace(SERVER, ports=None), here(*others, address))

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.peer) == ("denied", None)
    assert (effect.denied, effect.status, effect.error) == (True, None, f"denied: {effect.refusal}")
    assert effect.refusal == (
        f"{NAME} has the address {address.removeprefix('::ffff:')}, which is in none of: public"
    )
    assert endpoint.heads == []


def test_an_address_that_is_named_needs_no_network() -> None:
    """
    An operator who names 127.0.0.1 and a port means it.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        policy = replace(SERVER, hosts=(endpoint.place,))
        names = Names(**{"127_0_0_1": [["127.0.0.1"]]})
        answer, _ = ask(get(port, host="127.0.0.1"), policy, names)

    assert isinstance(answer, Answer)


def test_the_addresses_of_a_name_are_tried_in_turn() -> None:
    """
    Where nobody listens at the first address, the next one is asked.
    """
    with ScriptedEndpoint(OK) as endpoint:
        answer, _ = ask(get(int(endpoint.place.rpartition(":")[2])), resolver=here("127.9.9.9", "127.0.0.1"))

    assert isinstance(answer, Answer)


def test_ipv6() -> None:
    """
    The same at an IPv6 address.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nsix")

    with serving(converse, socket.AF_INET6) as port:
        answer, _ = ask(get(port), resolver=here("::1"))

    assert isinstance(answer, Answer)
    assert answer.body == b"six"


def test_a_name_without_addresses() -> None:
    """
    A name that nobody knows is no refusal.
    """
    outcome, effect = ask(get(80, host="nosuch.example"))

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, effect.denied) == ("host_not_found", False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A certificate for NAME, with its key in the same file.
    """
    return self_signed(tmp_path_factory.mktemp("certificate") / "push.pem", f"DNS:{NAME}")


@pytest.mark.parametrize(("host", "kind"), [(NAME, None), ("other.example.org", "tls")])
def test_the_certificate_is_that_of_the_name(host: str, kind: str | None, certificate: Path) -> None:
    """
    SNI says the name, and the certificate has to fit it, though the connection goes to an address.
    """
    said: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda connection, name, _: said.append(name)
    names = Names(push_example_org=[["127.0.0.1"]], other_example_org=[["127.0.0.1"]])
    with Endpoint(context) as endpoint:
        request = get(endpoint.port, host=host, scheme="https", tls=Tls(cafile=str(certificate)))
        outcome, _ = ask(request, resolver=names)

    assert said == [host]
    assert (outcome.kind if isinstance(outcome, EndpointError) else None) == kind


def test_a_tls_proxy_keeps_its_name(certificate: Path) -> None:
    """
    A proxy that speaks TLS is told its own name, not its address nor the endpoint's name.
    """
    said: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda connection, name, _: said.append(name)
    with Endpoint(context) as endpoint:
        proxy = f"https://{NAME}:{endpoint.port}/"
        request = get(443, host="other.example.org", scheme="https", proxy=proxy, tunnel=True)
        outcome, _ = ask(request, replace(LOCAL, proxies=(NAME,)))

    assert said == [NAME]
    assert isinstance(outcome, EndpointError)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\n",
        b"no HTTP at all",
    ],
)
def test_a_server_that_drips_does_not_hold_us(beginning: bytes) -> None:
    """
    Each byte comes in time, and yet the exchange ends: in its head, in its body, and in a body that ends
    with the connection, which must not seem whole.
    """
    with serving(drips(beginning)) as port:
        begin = time.monotonic()
        outcome, effect = ask(get(port, block_bytes=None), replace(LOCAL, total_seconds=0.4))
        spent = time.monotonic() - begin

    error = outcome if isinstance(outcome, EndpointError) else outcome.broken
    assert error is not None
    assert (error.kind, error.detail) == ("timeout", OVERALL)
    assert effect.error is not None
    assert spent < 20


def test_a_handshake_that_drips_does_not_hold_us() -> None:
    """
    Nor does a server whose TLS records come byte by byte.
    """
    with serving(drips(b"\x16\x03\x03\x40\x00")) as port:
        begin = time.monotonic()
        outcome, _ = ask(get(port, scheme="https", timeout_seconds=30), replace(LOCAL, total_seconds=0.4))
        spent = time.monotonic() - begin

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert spent < 20


def test_a_name_server_that_is_silent_does_not_hold_us() -> None:
    """
    The lookup is part of the time, though nothing can interrupt it.
    """
    over = threading.Event()

    class Silent(Names):
        def __call__(self, host: str, port: int | None) -> Sequence[str]:
            over.wait(5)
            return ["127.0.0.1"]

    begin = time.monotonic()
    outcome, _ = ask(get(80), replace(LOCAL, total_seconds=0.2), Silent())
    spent = time.monotonic() - begin
    over.set()

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert spent < 20


@pytest.mark.parametrize("total_seconds", [None, 5.0])
def test_a_resolver_that_fails(total_seconds: float | None) -> None:
    """
    A resolver of one's own may say with the system's errors that it knows nobody.
    """

    class Failing(Names):
        def __call__(self, host: str, port: int | None) -> Sequence[str]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    outcome, effect = ask(get(80), replace(LOCAL, total_seconds=total_seconds), Failing())

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("host_not_found", "Name or service not known")
    assert not effect.denied


def test_time_that_is_over_is_over() -> None:
    """
    A redirect or another try has what is left of the time since the script asked; without any, nobody is
    asked.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        outcome, _ = ask(get(port, began=time.monotonic() - 100))

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert endpoint.heads == []


def test_a_bomb_stays_closed() -> None:
    """
    Nothing is decompressed, so a small body stays small; a long one is cut while it comes.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            connection.sendall(b"\x1f\x8b" * 32768)

    with serving(converse) as port:
        answer, _ = ask(get(port), replace(LOCAL, max_response_bytes=200_000))

    assert isinstance(answer, Answer)
    assert len(answer.body) == 200_000
    assert answer.broken is not None
    assert answer.broken.detail == "the body is longer than 200000 bytes"


@pytest.mark.parametrize(
    ("beginning", "repeated"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"x" * 100 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: x\r\n"),
    ],
)
def test_a_flood_has_an_end(beginning: bytes, repeated: bytes) -> None:
    """
    An endpoint that never stops, with interim answers, a head, tiny chunks or trailers, ends at a limit or
    at the end of the time, and what is kept of it is no more than the limit.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(repeated * 1000)

    with serving(converse) as port:
        begin = time.monotonic()
        outcome, effect = ask(get(port), replace(LOCAL, total_seconds=0.5, max_response_bytes=100_000))
        spent = time.monotonic() - begin

    error = outcome if isinstance(outcome, EndpointError) else outcome.broken
    assert error is not None
    assert error.kind in ("timeout", "protocol")
    assert len(effect.response_body) <= 100_000
    assert spent < 20


def test_the_effect_shows_what_was_left_out() -> None:
    """
    Credentials that do not go along with a redirect are not in its effect either, and the endpoint sees none.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        request = get(port, redirects=1, redirected_from="http://elsewhere.example/")
        secret = replace(request, headers=(*request.headers, ("Authorization", "Basic eDp5")))
        _, effect = ask(secret)

    assert "Authorization" not in endpoint.heads[0]
    assert [name for name, _ in effect.headers] == ["Host", "Connection"]


@pytest.mark.parametrize("tunnel", [False, True])
def test_a_proxy_is_checked_and_pinned(*, tunnel: bool) -> None:
    """
    A proxy that is allowed is looked up once, and connected to at what was checked.
    """
    names = Names(proxy_example_org=[["127.0.0.1"], ["10.0.0.1"]])
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        policy = replace(LOCAL, proxies=(f"proxy.example.org:{port}",))
        request = get(
            81,
            scheme="https" if tunnel else "http",
            proxy=f"http://u:p@proxy.example.org:{port}/",
            tunnel=tunnel,
        )
        ask(request if tunnel else replace(request, target=request.url), policy, names)
        denied, _ = ask(request, replace(policy, networks=("public",)), names)

    (head,) = endpoint.heads
    if tunnel:
        assert head.startswith(f"CONNECT {NAME}:81 HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic dTpw" in head
    else:
        assert head.startswith(f"GET http://{NAME}:81/ok HTTP/1.1\r\n")
    assert names.asked == ["proxy.example.org"] * 2
    assert isinstance(denied, EndpointError)
    assert denied.kind == "denied"


def test_the_environment_has_no_say(tmp_path: Path) -> None:
    """
    No proxy and no .netrc of the environment is used, under any policy.
    """
    (tmp_path / ".netrc").write_text("default login u password p\n")
    program = (
        "import sys\n"
        "from luahost.effects import Effects\n"
        "from luahost.egress import Egress\n"
        "from luahost.exchange import Request\n"
        "place = sys.argv[1]\n"
        "request = Request(method='GET', url=f'http://{place}/', headers=(('Host', place),))\n"
        "print(Egress('live').exchange(request, Effects()).status)\n"
    )
    proxies = {f"{name}_proxy": "http://127.0.0.1:1" for name in ("http", "https", "all", "HTTP", "ALL")}
    with ScriptedEndpoint(OK) as endpoint:
        done = subprocess.run(
            [sys.executable, "-c", program, endpoint.place],
            env={**os.environ, **proxies, "HOME": str(tmp_path), "NETRC": str(tmp_path / ".netrc")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.stdout == "200\n", done.stderr
    assert "Authorization" not in endpoint.heads[0]
