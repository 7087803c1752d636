"""
A server with its HTTP door, its spool and its scripts' processes, all of them real.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import queue
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from luahost.config import read_configuration
from luahost.errors import UsageError
from luahost.server.spool import SqliteSpool, State
from luahost.server.supervisor import Server
from luahost.testing import Answer, Endpoint, Request
from tests.certificates import self_signed
from tests.conftest import WriteScript
from tests.debian import needs
from tests.sources.recorded import NEW, transaction

PATIENCE_SECONDS = 30

SCRIPT = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user)
  return {url = user:plugin_getenv("push_url"), user = user.username}
end
function dovecot_lua_notify_event_message_new(ctx, event)
  http.request(ctx.url, ctx.user .. " " .. event.subject)
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


class Running:
    """
    A server that runs, and the endpoint of its script.
    """

    def __init__(self, folder: Path, script: str, url: str, **section: Any) -> None:
        serve = {"listen": "127.0.0.1:0", "spool": "spool.db", "running": 4, **section}
        plugin = {"push_url": url}
        document = {"plugin": plugin, "drivers": [{"driver": "lua", "file": script}], "serve": serve}
        self.file = folder / "luahost.yaml"
        self._document: dict[str, Any] = document
        self.file.write_text(json.dumps(document))
        configuration = read_configuration(str(self.file))
        assert configuration.serve is not None
        self.spool = SqliteSpool(configuration.serve.spool)
        try:
            self.server = Server(configuration, self.spool)
        except BaseException:
            self.spool.close()
            raise
        self.place = self.server.start()
        self._open = True

    def rewrite(self, **section: Any) -> None:
        """
        Write the configuration again, with another section.
        """
        self._document["serve"].update(section)
        self.file.write_text(json.dumps(self._document))

    def configured(self, word: str, *, accepted: int = 0, rejected: int = 0) -> str:
        """
        Wait until so many other configurations have come into force or were refused; answers what the door
        says of it, which begins with this word.
        """
        reloads = self.server.reloads
        assert reloads.wait(PATIENCE_SECONDS, accepted=accepted, rejected=rejected)
        health = self.server.health()
        assert health.well
        told: str = health.told["configuration"]
        assert told.startswith(word)
        return told

    def post(self, *subjects: str, user: str = "bob", token: str | None = None) -> list[str]:
        """
        Bring deliveries; answers their ids.
        """
        batch = [transaction(user={"username": user}, events=[{**NEW, "subject": each}]) for each in subjects]
        transport = httpx.HTTPTransport(uds=self.place.path)
        with httpx.Client(transport=transport) as client:
            host = "luahost" if self.place.path else str(self.place)
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            url = f"http://{host}/v1/transactions"
            answer = client.post(url, json=batch, headers=headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 202, answer.text
        ids: list[str] = answer.json()["ids"]
        return ids

    def end(self) -> dict[str, State]:
        """
        End the server; answers how far each transaction is.
        """
        if self._open:
            self._open = False
            assert self.server.end() == 0
            self.states = {each.id: each.state for each in self.spool.transactions()}
            self.reasons = {each.id: each.reason for each in self.spool.transactions()}
            self.spool.close()
        return self.states


Serve = Callable[..., Running]


@pytest.fixture
def endpoint() -> Endpoint:
    """
    Where the script's requests go.
    """
    return Endpoint()


@pytest.fixture
def serve(tmp_path: Path, script: WriteScript, endpoint: Endpoint) -> Iterator[Serve]:
    """
    Starts a server with a section like this; ended after the test.
    """
    running: list[Running] = []
    with endpoint.real() as real:

        def start(text: str = SCRIPT, **section: Any) -> Running:
            running.append(Running(tmp_path, script(text), f"{real.url}/push", **section))
            return running[-1]

        yield start
        for one in running:
            one.end()


class Arrivals:
    """
    What arrives at the endpoint, as it arrives.

    Attributes:
        replies: What is answered, one after the other; 200 when there are no more.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.replies: list[Answer] = []
        self._bodies: queue.Queue[tuple[str, str]] = queue.Queue()
        endpoint.route("POST", "/push", self._reply, optional=True)

    def next(self, most: int = 1) -> list[str]:
        """
        The next bodies, once they are there.
        """
        return [body for body, _ in self.with_ids(most)]

    def with_ids(self, most: int) -> list[tuple[str, str]]:
        """
        The same, each with the request's idempotency key.
        """
        return [self._bodies.get(timeout=PATIENCE_SECONDS) for _ in range(most)]

    def _reply(self, request: Request) -> Answer:
        self._bodies.put((request.body.decode(), request.headers["webhook-id"]))
        return self.replies.pop(0) if self.replies else Answer(200)


@pytest.fixture
def arrivals(endpoint: Endpoint) -> Arrivals:
    """
    An endpoint that takes everything.
    """
    return Arrivals(endpoint)


def test_from_request_to_request(serve: Serve, arrivals: Arrivals) -> None:
    """
    What comes in by HTTP runs through the script, each user's in order, and what goes out has an id.
    """
    server = serve()

    ids = server.post("1", "2", "3") + server.post("1", user="alice")
    arrived = arrivals.with_ids(4)

    assert [body for body, _ in arrived if body.startswith("bob")] == ["bob 1", "bob 2", "bob 3"]
    assert {identity.rpartition("-")[0] for _, identity in arrived} == set(ids)
    assert server.end() == dict.fromkeys(ids, State.DONE)


TWICE = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return user:plugin_getenv("push_url") end
function dovecot_lua_notify_event_message_new(url, event)
  http.request(url, "first " .. event.subject)
  http.request(url, "second " .. event.subject)
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def test_a_retry_repeats_only_what_failed(serve: Serve, arrivals: Arrivals) -> None:
    """
    After a 503 the transaction runs again; the request that was answered well is not sent again, and the
    other has the same id as before. The user's next one waits.
    """
    arrivals.replies = [Answer(200), Answer(503), Answer(200), Answer(200), Answer(200)]
    server = serve(TWICE, retry={"first_seconds": 0.01})

    server.post("a", "b")
    arrived = arrivals.with_ids(5)

    assert [body for body, _ in arrived] == ["first a", "second a", "second a", "first b", "second b"]
    assert arrived[1][1] == arrived[2][1]
    assert set(server.end().values()) == {State.DONE}


SUMMARY = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return {user:plugin_getenv("push_url")} end
function dovecot_lua_notify_event_message_new(ctx, event) ctx[#ctx + 1] = event.subject end
function dovecot_lua_notify_end_txn(ctx, success) http.request(ctx[1], table.concat(ctx, " ", 2)) end
"""


def test_one_push_for_several(serve: Serve, arrivals: Arrivals) -> None:
    """
    Transactions that wait for each other are one to the script, and each is done when that is, here after a
    retry, which has the same id.
    """
    arrivals.replies = [Answer(503)]
    server = serve(SUMMARY, coalesce_seconds=0.1, retry={"first_seconds": 0.01})

    ids = server.post("a", "b", "c")
    first, second = arrivals.with_ids(2)

    assert first == second
    assert (first[0], first[1].rpartition("-")[0]) == ("a b c", ids[0])
    assert server.end() == dict.fromkeys(ids, State.DONE)


def test_scripts_reach_what_the_configuration_names(serve: Serve, arrivals: Arrivals) -> None:
    """
    Requests go to the hosts and ports that URLs in the settings name; one to another place is refused, which
    no later attempt would change.
    """
    elsewhere = 'event.subject == "stray" and "http://127.0.0.1:9/" or ctx.url'
    server = serve(SCRIPT.replace("http.request(ctx.url", f"http.request({elsewhere}"))

    dead, done = server.post("stray", "fine")

    assert arrivals.next() == ["bob fine"]
    assert server.end() == {dead: State.DEAD, done: State.DONE}
    assert "127.0.0.1:9" in (server.reasons[dead] or "")
    assert "not allowed" in (server.reasons[dead] or "")


@contextmanager
def heard() -> Iterator[queue.Queue[logging.LogRecord]]:
    """
    What the server logs meanwhile.
    """
    log, lines = logging.getLogger("luahost.server"), queue.Queue[logging.LogRecord]()
    handler, level = logging.handlers.QueueHandler(lines), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def test_an_endpoint_that_is_down(serve: Serve, arrivals: Arrivals) -> None:
    """
    After enough failures others' transactions wait for the endpoint without being sent or losing an attempt,
    and whoever watches is told.
    """
    arrivals.replies = [Answer(503)]
    breaker = {"failures": 1, "open_seconds": 3600}
    server = serve(breaker=breaker, retry={"first_seconds": 300}, running=1)

    with heard() as lines:
        ids = server.post("1") + server.post("2", user="alice") + server.post("3", user="carol")
        held = 0
        while held < 2:
            held += "held back" in lines.get(timeout=PATIENCE_SECONDS).getMessage()
    assert arrivals.next() == ["bob 1"]

    told = httpx.get(f"http://{server.place}/healthz").json()["endpoints"]
    assert [(each["state"], each["failures"]) for each in told] == [("open", 1)]
    assert server.end() == dict.fromkeys(ids, State.RETRYING)
    assert "503" in (server.reasons[ids[0]] or "")
    assert all("is down" in (server.reasons[id] or "") for id in ids[1:])


def test_attempts_end(serve: Serve, arrivals: Arrivals) -> None:
    """
    What fails each time is dead after its last attempt, and says why; the user's next one runs.
    """
    arrivals.replies = [Answer(500), Answer(500), Answer(200)]
    server = serve(retry={"first_seconds": 0.01, "attempts": 2})

    dead, done = server.post("a", "b")

    assert arrivals.next(3) == ["bob a", "bob a", "bob b"]
    assert server.end() == {dead: State.DEAD, done: State.DONE}
    assert (server.reasons[dead] or "").endswith("/push: 500 Internal Server Error")


def test_what_is_left_runs_when_the_server_is_back(serve: Serve, arrivals: Arrivals) -> None:
    """
    A server that ends while a transaction waits for another attempt leaves it to the next one.
    """
    arrivals.replies = [Answer(503)]
    server = serve(retry={"first_seconds": 300})
    ids = server.post("a")
    arrivals.next()
    assert server.end() == dict.fromkeys(ids, State.RETRYING)

    server = serve()
    server.spool.retry(ids[0])

    assert arrivals.next() == ["bob a"]
    assert server.end() == dict.fromkeys(ids, State.DONE)


def test_a_script_that_hangs_holds_up_nobody_else(serve: Serve, arrivals: Arrivals) -> None:
    """
    Its process is killed when its time is over, it is dead when it was tried often enough, and meanwhile
    other users' scripts run.
    """
    hang = '  if ctx.user == "eve" then while true do end end\n  http.request'
    server = serve(
        SCRIPT.replace("  http.request", hang), limits={"call_seconds": 0.5}, retry={"attempts": 1}
    )

    [eve] = server.post("1", user="eve")
    [bob] = server.post("1")

    assert arrivals.next() == ["bob 1"]
    assert server.end() == {eve: State.DEAD, bob: State.DONE}
    assert (server.reasons[eve] or "").startswith("limit: ")


def test_health(serve: Serve, arrivals: Arrivals) -> None:
    """
    The door says how many transactions there are, and that something waits for too long.
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


REMEMBER = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  local box = user:mailbox(event.mailbox)
  box:open()
  local count = tonumber(box:metadata_get("/private/count") or "0") + 1
  box:metadata_set("/private/count", tostring(count))
  require("socket.http").request(user:plugin_getenv("push_url"), tostring(count))
  box:free()
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


@pytest.mark.parametrize("section", [{"metadata": "metadata.db"}, {}])
def test_metadata(serve: Serve, arrivals: Arrivals, section: dict[str, str]) -> None:
    """
    What a script sets the next transaction finds, if there is a place to keep it.
    """
    server = serve(REMEMBER, **section)

    server.post("a", "b")

    assert arrivals.next(2) == (["1", "2"] if section else ["1", "1"])


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
