"""
Requests under a policy, at real endpoints: names are looked up once, every address is checked, connections
go to what was checked, and nothing else has a say.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from luahost.egress_policy import SERVER
from luahost.errors import EndpointError
from luahost.exchange import Answer
from luahost.tls import Tls
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.certificates import self_signed
from tests.named_endpoint import LOCAL, NAME, Names, ask, get, here, serving
from tests.shims.endpoint import Endpoint


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
