"""
``dovecot.http.client`` under a server's egress policy: refused requests, redirects, and an end to it all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from luahost import Host
from luahost.egress_policy import SERVER, EgressPolicy
from tests.api.http_runner import SCRIPT, Result
from tests.api.scripted_endpoint import OK, ScriptedEndpoint, answer

LOCAL = replace(SERVER, ports=None, networks=("127.0.0.0/8",))
"""A server's policy under which names may lead to the endpoints of tests."""

NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}


def resolver(host: str, port: int | None) -> Sequence[str]:
    """
    The addresses of NAMES.
    """
    return NAMES.get(host, [])


@pytest.fixture(params=["2.3", "2.4"])
def dialect(request: pytest.FixtureRequest) -> str:
    """
    Both dialects that have the client.
    """
    name: str = request.param
    return name


def run(folder: Path, expression: str, policy: EgressPolicy = LOCAL, dialect: str = "2.3") -> Result:
    """
    What an expression comes to under a policy.
    """
    script = folder / "push.lua"
    script.write_text(SCRIPT.format(expression=expression))
    return Result(Host(str(script), dialect=dialect, http=policy, resolver=resolver))


def port_of(endpoint: ScriptedEndpoint) -> str:
    """
    Where the endpoint listens.
    """
    return endpoint.place.rpartition(":")[2]


def test_a_public_name_is_reached(tmp_path: Path, dialect: str) -> None:
    """
    What Dovecot's client sends by itself passes, credentials of the URL included.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = port_of(endpoint)
        prepare = "function(r) r:set_payload('x') end"
        expression = f"submit('http://us:pw@a.example:{port}/', {{}}, {prepare}, 'POST')"
        found = run(tmp_path, expression, dialect=dialect)

    assert found.text == "200|OK|ok"
    assert f"Host: a.example:{port}" in endpoint.heads[0]
    assert "Authorization: Basic dXM6cHc=" in endpoint.heads[0]


@pytest.mark.parametrize(
    ("url", "reason", "why"),
    [
        ("http://127.0.0.1:PORT/", "127.0.0.1:PORT", "127.0.0.1 is an address, not a host name"),
        ("http://[::1]:PORT/", "[::1]:PORT", "::1 is an address, not a host name"),
        ("http://127%2e1:PORT/", "127.1:PORT", "127.1 is an address, not a host name"),
        ("http://a%20:PORT/", "a%20:PORT", "'a%20' is no host name or address in its usual form"),
        (
            "http://inside.example:PORT/",
            "inside.example:PORT",
            "inside.example has the address 10.0.0.1, which is in none of: 127.0.0.0/8",
        ),
    ],
)
def test_what_is_refused_is_a_refused_connection(tmp_path: Path, url: str, reason: str, why: str) -> None:
    """
    The script gets 9003 as from a closed port, without the address that it asked about by a name.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = port_of(endpoint)
        found = run(tmp_path, f"submit('{url.replace('PORT', port)}')")

    assert found.text == f"9003|connect({reason.replace('PORT', port)}) failed: Connection refused|"
    (effect,) = found.exchanges
    assert (effect.denied, effect.refusal) == (True, why)
    assert endpoint.heads == []


def test_headers_that_make_another_request(tmp_path: Path, dialect: str) -> None:
    """
    A Host of somebody else is refused before anybody is connected to.
    """
    with ScriptedEndpoint(OK) as endpoint:
        prepare = "function(r) r:add_header('Host', 'b.example') end"
        expression = f"submit('http://a.example:{port_of(endpoint)}/', {{}}, {prepare})"
        found = run(tmp_path, expression, dialect=dialect)

    assert found.text.startswith("9003|")
    assert found.exchanges[0].denied
    assert endpoint.heads == []


def test_files_of_the_scripts_choice(tmp_path: Path) -> None:
    """
    2.4's settings for TLS cannot make a server read a file for a script.
    """
    settings = "{ssl_client_ca_file = '/etc/passwd'}"
    found = run(tmp_path, f"submit('https://a.example:1/', {settings})", dialect="2.4")

    assert found.text == "9003|connect(a.example:1) failed: Connection refused|"
    assert found.exchanges[0].refusal == "the file /etc/passwd for TLS"


@pytest.mark.parametrize("location", ["http://127.0.0.1:PORT/", "http://inside.example:PORT/"])
def test_a_redirect_is_a_request_like_any_other(tmp_path: Path, location: str) -> None:
    """
    Dovecot's client follows redirects by itself, and no further than it may.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = port_of(endpoint)
        endpoint.answers[:] = [answer("302 Found", f"Location: {location.replace('PORT', port)}"), OK]
        found = run(tmp_path, f"submit('http://a.example:{port}/', {{max_redirects = 3}})")

    assert found.text.startswith("9003|connect(")
    assert [effect.denied for effect in found.exchanges] == [False, True]
    assert len(endpoint.heads) == 1


def test_credentials_stay_with_their_host(tmp_path: Path) -> None:
    """
    Dovecot takes the URL's user and password along to wherever a redirect leads; a server's policy does not.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = port_of(endpoint)
        endpoint.answers[:] = [
            answer("302 Found", f"Location: http://b.example:{port}/"),
            answer("302 Found", f"Location: http://a.example:{port}/"),
            OK,
        ]
        expression = f"submit('http://us:pw@a.example:{port}/', {{max_redirects = 3}})"
        found = run(tmp_path, expression)

    assert found.text == "200|OK|ok"
    assert ["Authorization: Basic dXM6cHc=" in head for head in endpoint.heads] == [True, False, True]
    assert [head.partition(" HTTP")[0] for head in endpoint.heads][1] == f"GET http://b.example:{port}/"


def test_redirects_have_an_end(tmp_path: Path) -> None:
    """
    A script that allows itself any number of redirects gets as many as the policy allows.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = port_of(endpoint)
        endpoint.answers[:] = [answer("302 Found", f"Location: http://a.example:{port}/")]
        found = run(tmp_path, f"submit('http://a.example:{port}/', {{max_redirects = 1000}})")

    assert found.text.startswith("9003|")
    assert [effect.refusal for effect in found.exchanges] == [None] * 6 + ["more than 5 redirects"]


@pytest.mark.parametrize(
    "settings",
    [
        "max_attempts = 1000000",
        "max_connect_attempts = 4000000000, connect_backoff_time_msecs = 1",
        "max_connect_attempts = 3, connect_backoff_time_msecs = 1000000",
    ],
)
def test_trying_has_an_end(tmp_path: Path, settings: str) -> None:
    """
    However often and however patiently a script wants to try: the time of the policy is the end.
    """
    with ScriptedEndpoint([]) as endpoint:
        address = "127.9.9.9" if "connect" in settings else "127.0.0.1"
        policy = replace(LOCAL, total_seconds=0.5, hosts=(address,))
        begin = time.monotonic()
        found = run(tmp_path, f"submit('http://{address}:{port_of(endpoint)}/', {{{settings}}})", policy)
        spent = time.monotonic() - begin

    assert found.text.startswith("9008|Absolute request timeout expired (Request queued T secs ago, ")
    assert spent < 20
