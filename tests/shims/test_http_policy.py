"""
LuaSocket under a server's egress policy: where a script comes to, and what it hears when it does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from luahost import Host
from luahost.effects import Http, Print
from luahost.egress_policy import SERVER, EgressPolicy
from luahost.events import MessageNew
from luahost.runtime import LUA_VERSIONS
from tests.shims.endpoint import Endpoint

if TYPE_CHECKING:
    from tests.conftest import WriteScript

LOCAL = replace(SERVER, ports=None, networks=("127.0.0.0/8",))
"""A server's policy under which names may lead to the endpoints of tests."""

SCRIPT = """
local http, https, ltn12 = require("socket.http"), require("ssl.https"), require("ltn12")
function script_init() return 0 end
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new()
  print(({})
end
"""


class Result:
    """
    What an expression came to, and its exchanges.
    """

    def __init__(
        self,
        write: WriteScript,
        expression: str,
        policy: EgressPolicy,
        names: Mapping[str, Sequence[str]],
        lua: str = "5.4",
    ) -> None:
        path = write(SCRIPT.replace("({}", expression + "\n"))
        host = Host(path, lua=lua, trusted=True, http=policy, resolver=lambda host, port: names.get(host, []))
        with host.session("bob") as session:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
        assert not session.effects.failures
        self.printed = session.effects.of(Print)[0].text.rstrip("\n")
        self.exchanges = session.effects.of(Http)


NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_a_public_name_is_reached(script: WriteScript, endpoint: Endpoint, lua: str) -> None:
    """
    Under the policy of a server LuaSocket does what it always does, with everything it sends by itself.
    """
    url = f"http://us:pw@a.example:{endpoint.port}/echo"
    found = Result(script, f"http.request('{url}', 'a=1')", LOCAL, NAMES, lua)

    assert found.printed.startswith("POST /echo HTTP/1.1\na=1\t200\t")
    (seen,) = endpoint.requests
    assert f"Host: a.example:{endpoint.port}" in seen.headers
    assert "Authorization: Basic dXM6cHc=" in seen.headers


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("http.request('http://127.0.0.1:PORT/ok')", "127.0.0.1 is an address, not a host name"),
        ("http.request('http://a:b@127.0.0.1:PORT/ok')", "127.0.0.1 is an address, not a host name"),
        (
            "http.request('http://a.example\\\\@127.0.0.1:PORT/ok')",
            "127.0.0.1 is an address, not a host name",
        ),
        ("http.request('http://a.example:PORT#@127.0.0.1/ok')", "127.0.0.1 is an address, not a host name"),
        ("http.request('http://[::1]:PORT/ok')", "::1 is an address, not a host name"),
        ("http.request('http://0x7f000001:PORT/ok')", "0x7f000001 is an address, not a host name"),
        (
            "http.request('http://inside.example/ok')",
            "inside.example has the address 10.0.0.1, which is in none of: 127.0.0.0/8",
        ),
        ("https.request('https://127.0.0.1:PORT/ok')", "127.0.0.1 is an address, not a host name"),
        (
            "https.request{url = 'https://a.example:PORT/ok', cafile = '/etc/passwd'}",
            "the file /etc/passwd for TLS",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', headers = {host = 'b.example'}}",
            "the header field Host is not that of a.example:PORT",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', proxy = 'http://b.example:PORT'}",
            "a proxy of the script's own choice is not allowed",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', uri = 'http://b.example/'}",
            "the request line asks for 'http://b.example/', which is not of a.example:PORT",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', headers = {x = '1\\r\\ny: 2'}}",
            "the header field x holds a line end or NUL",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', method = 'GET / HTTP/1.1\\r\\nx:'}",
            "'GET / HTTP/1.1\\r\\nx:' is no request method",
        ),
        (
            "http.request{url = 'http://a.example:PORT/ok', source = ltn12.source.string('ab'), "
            "headers = {['content-length'] = '2', ['transfer-encoding'] = 'chunked'}}",
            "the end of the body is announced twice (Content-Length, Transfer-Encoding)",
        ),
    ],
)
def test_what_is_refused_is_a_refused_connection(
    script: WriteScript, endpoint: Endpoint, call: str, why: str
) -> None:
    """
    The script hears what it would hear from a closed port; the effect tells the operator why.
    """
    found = Result(script, f"(select(2, {call.replace('PORT', str(endpoint.port))}))", LOCAL, NAMES)

    assert found.printed == "connection refused"
    (effect,) = found.exchanges
    assert (effect.denied, effect.status, effect.error) == (True, None, "connection refused")
    assert effect.refusal == why.replace("PORT", str(endpoint.port))
    assert endpoint.requests == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:PORT/ok", "http://inside.example:PORT/ok"])
def test_a_redirect_is_a_request_like_any_other(script: WriteScript, endpoint: Endpoint, target: str) -> None:
    """
    Whoever is reached cannot send a script where it may not go by itself.
    """
    endpoint.names = {"{base}/ok": target.replace("PORT", str(endpoint.port))}
    url = f"http://a.example:{endpoint.port}/302"
    found = Result(script, f"select(2, http.request('{url}'))", LOCAL, NAMES)

    assert found.printed == "connection refused"
    assert [(effect.status, effect.denied) for effect in found.exchanges] == [(302, False), (None, True)]
    assert len(endpoint.requests) == 1


def test_credentials_stay_with_their_host(script: WriteScript, endpoint: Endpoint) -> None:
    """
    On the way to another host a script's own Authorization and Cookie are left behind, and on the way
    back they are there again.
    """
    port = endpoint.port
    endpoint.names = {
        "{base}/ok": f"http://b.example:{port}/absolute-path",
        "Location: /ok": f"Location: http://a.example:{port}/echo",
    }
    headers = "headers = {authorization = 'Bearer x', cookie = 'a=1', ['x-other'] = '1'}"
    found = Result(
        script, f"select(2, http.request{{url = 'http://a.example:{port}/302', {headers}}})", LOCAL, NAMES
    )

    assert found.printed.startswith("200\t")
    names = [{line.partition(":")[0] for line in seen.headers} for seen in endpoint.requests]
    assert [one & {"Authorization", "Cookie"} for one in names] == [
        {"Authorization", "Cookie"},
        set(),
        {"Authorization", "Cookie"},
    ]
    assert all("x-other" in one for one in names)


def test_redirects_have_an_end(script: WriteScript, endpoint: Endpoint) -> None:
    """
    A script that asks for no limit of redirects gets the policy's.
    """
    policy = replace(LOCAL, max_redirects=3)
    url = f"http://a.example:{endpoint.port}/loop"
    found = Result(
        script,
        f"select(2, http.request{{url = '{url}', maxredirects = false, nredirects = -9}})",
        policy,
        NAMES,
    )

    assert found.printed == "connection refused"
    assert [effect.refusal for effect in found.exchanges] == [None] * 4 + ["more than 3 redirects"]


def test_the_time_is_that_of_all_redirects(script: WriteScript, endpoint: Endpoint) -> None:
    """
    An endpoint cannot stretch a request by sending it in circles.
    """
    policy = replace(LOCAL, max_redirects=None, total_seconds=0.3)
    url = f"http://a.example:{endpoint.port}/loop"
    found = Result(script, f"select(2, http.request{{url = '{url}', maxredirects = false}})", policy, NAMES)

    assert found.printed == "timeout"
    assert found.exchanges[-1].error == "timeout"


def test_a_long_answer_is_cut(script: WriteScript, endpoint: Endpoint) -> None:
    """
    An answer beyond the limit breaks off with an error, and the script keeps running.
    """
    policy = replace(LOCAL, max_response_bytes=4096)
    found = Result(script, f"http.request('http://a.example:{endpoint.port}/long')", policy, NAMES)

    assert found.printed == "nil\tthe body is longer than 4096 bytes"
    assert len(found.exchanges[0].response_body) == 4096
