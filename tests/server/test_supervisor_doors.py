"""
The HTTP door of a server that runs: sockets, TLS, and what it tells of the server.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from luahost.errors import UsageError
from luahost.server.spool import State
from luahost.testing import Answer, Endpoint
from tests.certificates import self_signed
from tests.debian import needs
from tests.server.running import SCRIPT, Arrivals, Serve
from tests.sources.recorded import transaction


def test_health(serve: Serve, arrivals: Arrivals) -> None:
    """
    The door says how many transactions there are, and that all is well.
    """
    server = serve()
    url = f"http://{server.place}/healthz"

    told = httpx.get(url)

    assert (told.status_code, told.json()["status"]) == (200, "ok")
    assert told.json()["counts"]["queued"] == 0


UID = 1
"""The new message's, in all transactions here."""


def test_metrics(serve: Serve, arrivals: Arrivals, endpoint: Endpoint) -> None:
    """
    What came in, what ran, what was sent and what the script did about it can be seen, while it happens.
    """
    arrivals.replies = [Answer(503)]
    text = 'dovecot.event():set_name("pushed"):add_int("uid", event.uid):log_info("pushed")'
    server = serve(
        SCRIPT.replace("  http.request", f"  {text}\n  http.request"), retry={"first_seconds": 0.01}
    )
    server.post("hello")
    arrivals.next(2)
    server.post("hello", user="alice")
    arrivals.next()

    page = httpx.get(f"http://{server.place}/metrics").text

    samples = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    assert samples["luahost_accepted_total"] == "2.0"
    assert samples["luahost_healthy"] == "1.0"
    assert samples['luahost_attempts_total{state="retrying"}'] == "1.0"
    assert samples['luahost_failures_total{cause="5xx"}'] == "1.0"
    assert 'luahost_transactions{state="done"}' in samples
    assert float(samples["luahost_workers"]) >= 1
    documented = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    names = re.findall(r"^# TYPE (luahost_\w+) ", page, re.MULTILINE)
    assert [name for name in names if f"`{name}`" not in documented] == []
    origin = re.search(r'luahost_requests_total{origin="(http://127.0.0.1:\d+)",outcome="5xx"} 1.0', page)
    assert origin is not None
    assert float(samples['luahost_script_events_total{event="pushed"}']) >= 2
    assert float(samples['luahost_script_event_field_sum{event="pushed",field="uid"}']) >= 2 * UID


def test_a_unix_socket(serve: Serve, arrivals: Arrivals, tmp_path: Path) -> None:
    """
    On a unix socket the same happens; one that a dead server has left is taken over, one that lives is not.
    """
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = serve(listen="unix:s")

    ids = server.post("1")

    assert arrivals.next() == ["bob 1"]
    assert path.stat().st_mode & 0o777 == 0o660
    with pytest.raises(UsageError, match=r"cannot listen on unix:.*Address already in use"):
        serve(listen="unix:s", spool="other.db")
    assert server.end() == dict.fromkeys(ids, State.DONE)
    assert not path.exists()


@needs("openssl")
def test_tls_with_client_certificates(serve: Serve, arrivals: Arrivals, tmp_path: Path) -> None:
    """
    With ``client_ca`` a client needs a certificate, and over TLS the same happens.
    """
    own, clients = (self_signed(tmp_path / name, "IP:127.0.0.1") for name in ("own.pem", "clients.pem"))
    server = serve(tls={"certificate": "own.pem", "client_ca": "clients.pem"})
    url = f"https://{server.place}/v1/transactions"
    stranger = ssl.create_default_context(cafile=str(own))
    friend = ssl.create_default_context(cafile=str(own))
    friend.load_cert_chain(str(clients))

    with pytest.raises(httpx.TransportError):
        httpx.post(url, json=transaction(), verify=stranger)

    assert httpx.post(url, json=transaction(), verify=friend).status_code == 202
    assert arrivals.next() == ["bob Hi"]


def test_half_a_body(serve: Serve, arrivals: Arrivals) -> None:
    """
    A client that goes away in the middle of a body brings nothing, and disturbs nobody.
    """
    server = serve()
    head = "POST /v1/transactions HTTP/1.1\r\nHost: l\r\nContent-Length: 999\r\n"
    with socket.create_connection((server.place.host, server.place.port)) as client:
        client.sendall(
            head.encode() + b"Content-Type: application/json\r\n\r\n" + json.dumps(transaction()).encode()
        )

    ids = server.post("1")

    assert arrivals.next() == ["bob 1"]
    assert server.end() == dict.fromkeys(ids, State.DONE)
