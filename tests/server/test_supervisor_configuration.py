"""
Configurations of a server: those that cannot be served, and what takes the place of another while it runs.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from luahost.config import read_configuration
from luahost.errors import UsageError
from luahost.server.spool import SqliteSpool, State
from luahost.server.supervisor import Server
from luahost.testing import Answer
from tests.certificates import self_signed
from tests.conftest import WriteScript
from tests.debian import needs
from tests.server.running import SCRIPT, Arrivals, Serve
from tests.sources.recorded import transaction


def test_another_script_while_the_server_runs(serve: Serve, arrivals: Arrivals, script: WriteScript) -> None:
    """
    A changed script is loaded once it is still; what runs then ends with the one that it began with.
    """
    server = serve()
    server.post("1")
    assert arrivals.next() == ["bob 1"]

    script(SCRIPT.replace("ctx.user", "'new ' .. ctx.user"))
    server.configured("ok", accepted=1)

    server.post("2")
    assert arrivals.next() == ["new bob 2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("function (", "push.lua:1: <name> expected near '('"),
        (
            SCRIPT.replace("event.subject", "event.nothing"),
            "attempt to concatenate a nil value (field 'nothing')",
        ),
    ],
)
def test_a_broken_script_does_not_come_into_force(
    serve: Serve, arrivals: Arrivals, script: WriteScript, text: str, words: str
) -> None:
    """
    The one before goes on, also for sessions that begin later, and the server says why and is well.
    """
    server = serve(watch=False)
    script(text)

    server.server.reload()
    told = server.configured("rejected", rejected=1)

    assert words in told
    server.post("1")
    assert arrivals.next() == ["bob 1"]
    script(SCRIPT)
    server.server.reload()
    server.configured("ok", accepted=1)


def test_another_configuration_while_the_server_runs(
    serve: Serve, arrivals: Arrivals, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Settings of scripts, tokens and retries come into force; a place to listen on does not, and the log
    names it.
    """
    server = serve(watch=False, retry={"attempts": 1})
    arrivals.replies = [Answer(503)]
    (server.file.parent / "tokens").write_text("0123456789abcdef\n")
    server.rewrite(
        listen="127.0.0.1:1", token_file="tokens", retry={"attempts": 5, "first_seconds": 0.01}, watch=False
    )

    server.server.reload()
    server.configured("ok", accepted=1)

    refused = httpx.post(f"http://{server.place}/v1/transactions", json=transaction())
    assert refused.status_code == 401
    ids = server.post("1", token="0123456789abcdef")
    assert arrivals.next(2) == ["bob 1"] * 2
    assert server.end() == dict.fromkeys(ids, State.DONE)
    assert "takes effect at the next start: listen" in caplog.text


def test_a_broken_configuration_does_not_come_into_force(serve: Serve, arrivals: Arrivals) -> None:
    """
    The server says what is wrong with it, and where.
    """
    server = serve(watch=False)
    server.file.write_text("serve:\n  spool: s\n  running: many\n")

    server.server.reload()

    assert "luahost.yaml:3: running is a number" in server.configured("rejected", rejected=1)
    server.post("1")
    assert arrivals.next() == ["bob 1"]


@needs("openssl")
def test_another_certificate_while_the_server_runs(serve: Serve, arrivals: Arrivals, tmp_path: Path) -> None:
    """
    A renewed certificate meets clients without a new start; one whose key does not fit does not.
    """
    own = self_signed(tmp_path / "own.pem", "IP:127.0.0.1")
    first = ssl.create_default_context(cafile=str(own))
    server = serve(tls={"certificate": "own.pem"}, watch=False)
    url = f"https://{server.place}/v1/transactions"
    own.write_bytes(self_signed(tmp_path / "new.pem", "IP:127.0.0.1").read_bytes())
    second = ssl.create_default_context(cafile=str(own))

    server.server.reload()
    server.configured("ok", accepted=1)
    own.write_bytes((tmp_path / "new.crt").read_bytes())
    server.server.reload()

    assert "TLS cannot be used with" in server.configured("rejected", accepted=1, rejected=1)
    with pytest.raises(httpx.TransportError):
        httpx.post(url, json=transaction(), verify=first)
    assert httpx.post(url, json=transaction(), verify=second).status_code == 202
    assert arrivals.next() == ["bob Hi"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drivers: [lua]", "has no section serve"),
        ("serve: {listen: '127.0.0.1:0', spool: s}", "no driver is named"),
        (
            "serve: {listen: '127.0.0.1:0', spool: s}\ndrivers: [{driver: lua, file: x.lua}]",
            "luahost.yaml:2: there is no script",
        ),
        ("serve: {listen: '127.0.0.1:0', spool: s}\ndrivers: [dlog]\nmail_plugins: [notify]", "push is off"),
        ("serve: {spool: s}\ndrivers: [dlog]", "nothing says where to listen"),
        (
            "serve: {listen: '127.0.0.1:0', spool: s, token_file: t}\ndrivers: [dlog]",
            "t: the tokens cannot be read",
        ),
        (
            "serve: {listen: '127.0.0.1:0', spool: s, tls: {certificate: luahost.yaml}}\ndrivers: [dlog]",
            "TLS cannot be used with",
        ),
    ],
)
def test_what_cannot_be_served(kept: SqliteSpool, tmp_path: Path, text: str, words: str) -> None:
    """
    What would run nothing, or let nobody in, is said before anything is taken.
    """
    file = tmp_path / "luahost.yaml"
    file.write_text(text)

    with pytest.raises(UsageError) as caught:
        Server(read_configuration(str(file)), kept)

    assert words in str(caught.value)
