"""
Requests to the intake, over a unix socket and with a spool on disk.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from luahost.config.serve_section import Listen
from luahost.errors import SpoolError
from luahost.server.intake import Health, Intake, Listener, Tokens, bound
from luahost.server.intake.openapi import SCHEMA
from luahost.server.metrics import Metrics
from luahost.server.spool import SqliteSpool
from luahost.testing import ManualClock
from tests.sources.recorded import NEW, lines, transaction

TOKEN = "f" * 32
SCRAPER = "5" * 32
PATIENCE_SECONDS = 10
DOCS = Path(__file__).parents[3] / "docs"


class Client:
    """
    Asks an intake, and is the files that come first.
    """

    def __init__(self, spool: SqliteSpool, socket: Path) -> None:
        self.well = True
        self.waiting: Collection[str] | None = ()
        self.intake = Intake(
            spool,
            tokens=Tokens([TOKEN]),
            max_body_bytes=1000,
            expire_seconds=60,
            health=self._health,
            metrics=Metrics(),
            metrics_tokens=Tokens([SCRAPER]),
            files_first=self,
            clock=ManualClock(1000),
        )
        self.listener = Listener(self.intake, bound(Listen(path=str(socket))))
        self.listener.start()
        # One without TLS needs no authorities, which take their time to read.
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket), verify=False), base_url="http://luahost"
        )

    def end(self) -> None:
        """
        End client and server.
        """
        self._client.close()
        self.listener.stop(PATIENCE_SECONDS)

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """
        The answer to a request.
        """
        return self._client.request(method, path, **how)

    def post(self, body: bytes | Iterable[bytes], **headers: str) -> httpx.Response:
        """
        The answer to transactions, from a client that may bring some.
        """
        usual = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", "/v1/transactions", content=body, headers={**usual, **named})

    def nothing_waits(self) -> bool:
        """
        Whether it is plain to see that no files wait.
        """
        return self.waiting == ()

    async def first(self) -> Collection[str] | None:
        """
        The users of whom files wait.
        """
        return self.waiting

    def _health(self) -> Health:
        if not self.well:
            raise SpoolError("the disk is gone")
        return Health(well=True, told={"status": "ok"})


@pytest.fixture
def client(kept: SqliteSpool, tmp_path: Path) -> Iterator[Client]:
    """
    A client of an intake with this spool.
    """
    client = Client(kept, tmp_path / "socket")
    yield client
    client.end()


ONE = json.dumps(transaction()).encode()


def test_who_stands_in(client: Client, tmp_path: Path) -> None:
    """
    What stands in takes no transactions, whoever brings them, and says how the server is doing.
    """
    listener = Listener(client.intake.stand_in(), bound(Listen(path=str(tmp_path / "other"))))
    listener.start()
    transport = httpx.HTTPTransport(uds=str(tmp_path / "other"), verify=False)
    with httpx.Client(transport=transport, base_url="http://luahost") as other:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        refused = other.post("/v1/transactions", content=ONE, headers=headers)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert other.post("/v1/transactions", content=ONE).status_code == 401
        assert other.get("/healthz").json() == {"status": "ok"}
    listener.stop(PATIENCE_SECONDS)

    shown = client.ask("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert 'luahost_intake_requests_total{path="/v1/transactions",status="503"} 1.0' in shown


def test_what_is_accepted_is_in_the_spool(client: Client, kept: SqliteSpool) -> None:
    """
    The answer has an id for each transaction, in order, and the spool has them with the time of their end.
    """
    answer = client.post(
        lines(transaction(), transaction(user={"username": "al"})), Content_Type="application/jsonl"
    )

    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/json"
    summaries = kept.transactions()
    assert [summary.id for summary in summaries] == answer.json()["ids"]
    assert [summary.user for summary in summaries] == ["bob", "al"]
    assert [summary.expires for summary in summaries] == [1060, 1060]


def test_all_or_none(client: Client, kept: SqliteSpool) -> None:
    """
    One wrong transaction has all refused, with its path.
    """
    answer = client.post(json.dumps([transaction(), transaction(events=[{**NEW, "uid": "1"}])]).encode())

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "[1].events[0].uid: a whole number is needed here, found '1'",
        "path": "[1].events[0].uid",
    }
    assert kept.transactions() == []


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", f"Basic {TOKEN}"])
def test_no_token(client: Client, kept: SqliteSpool, authorization: str) -> None:
    """
    Who has no token brings nothing, and hears what is needed.
    """
    answer = client.post(ONE, Authorization=authorization)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert kept.transactions() == []


@pytest.mark.parametrize("announced", [True, False])
def test_too_long(client: Client, kept: SqliteSpool, announced: bool) -> None:
    """
    A long body is refused, whether its length is announced or found out.
    """
    body = ONE + b" " * 1000

    answer = (
        client.post(body)
        if announced
        else client.ask(
            "POST", "/v1/transactions", content=_in_pieces(body), headers={"Authorization": f"Bearer {TOKEN}"}
        )
    )

    assert answer.status_code == 413
    assert "max_body_bytes" in answer.json()["detail"]
    assert kept.transactions() == []


def _in_pieces(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), 100):
        yield body[begin : begin + 100]


def test_a_full_spool(client: Client) -> None:
    """
    When no more transactions may wait, a client hears when to come again.
    """
    batch = [transaction(user={"username": user}) for user in ("bob", "bob", "al")]
    assert client.post(lines(*batch), Content_Type="application/x-ndjson").status_code == 202

    answer = client.post(ONE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_too_many_of_one_user(client: Client) -> None:
    """
    When no more of one user may wait, a client hears that it is about this one, and when to come again.
    """
    assert client.post(lines(*[transaction()] * 2), Content_Type="application/x-ndjson").status_code == 202

    answer = client.post(ONE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    other = json.dumps(transaction(user={"username": "al"})).encode()
    assert client.post(other).status_code == 202


def test_what_is_brought_again(client: Client, kept: SqliteSpool) -> None:
    """
    The same body with the same key, in double quotes or not, is answered alike and kept once.
    """
    answers = [client.post(ONE, Idempotency_Key=key) for key in ("8e03-97", '"8e03-97"')]

    assert [answer.status_code for answer in answers] == [202] * 2
    assert [answer.json()["ids"] for answer in answers] == [[kept.transactions()[0].id]] * 2


def test_a_key_with_another_body(client: Client, kept: SqliteSpool) -> None:
    """
    It is a mistake, and nothing is kept.
    """
    client.post(ONE, Idempotency_Key="a")

    assert client.post(ONE + b" ", Idempotency_Key="a").status_code == 422
    assert len(kept.transactions()) == 1


@pytest.mark.parametrize("key", ["", '""', "a b", "a\tb", "a" * 256])
def test_no_key(client: Client, kept: SqliteSpool, key: str) -> None:
    """
    What cannot be a key is refused, with what a key is.
    """
    answer = client.post(ONE, Idempotency_Key=key)

    assert answer.status_code == 400
    assert "1 to 255 visible ASCII characters" in answer.json()["detail"]
    assert kept.transactions() == []


@pytest.mark.parametrize("waiting", [None, {"bob", "alice"}])
def test_files_that_come_first(client: Client, kept: SqliteSpool, waiting: Collection[str] | None) -> None:
    """
    While files of a user wait, what is brought for the user is to come again; for others it is taken.
    """
    client.waiting = waiting

    answer = client.post(ONE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert kept.transactions() == []
    client.waiting = {"carol"}
    assert client.post(ONE).status_code == 202


NOTIFICATION = {"user": "bob", "event": "messageNew", "folder": "INBOX", "imap-uidvalidity": 7, "imap-uid": 2}


def test_the_ox_driver(client: Client, kept: SqliteSpool) -> None:
    """
    What Dovecot's OX driver brings is in the spool when it is answered 200, once; its token is a password.
    """
    place = "/preliminary/http-notify/v1/notify"

    answers = [client.ask("PUT", place, json=NOTIFICATION, auth=("any", TOKEN)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    (only,) = kept.transactions()
    assert [answer.json() for answer in answers] == [{"ids": [only.id]}] * 2
    assert (only.user, only.expires) == ("bob", 1060)
    assert client.ask("PUT", place, json=NOTIFICATION).status_code == 401
    assert client.ask("PUT", place, json={}, auth=("any", TOKEN)).status_code == 400


def test_a_server_that_ends(client: Client, kept: SqliteSpool) -> None:
    """
    From then on nothing is taken, and connections are not kept.
    """
    client.intake.close()

    answer = client.post(ONE)

    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Connection"]) == (
        503,
        "5",
        "close",
    )
    assert kept.transactions() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/transactions", 405),
        ("POST", "/healthz", 405),
        ("HEAD", "/healthz", 200),
    ],
)
def test_other_requests(client: Client, method: str, path: str, status: int) -> None:
    """
    What there is not, and what cannot be done with it, is said as such.
    """
    answer = client.ask(method, path)

    assert answer.status_code == status
    assert (status == 405) is ("Allow" in answer.headers)


def test_health(client: Client) -> None:
    """
    Whoever watches needs no token, and hears what is broken.
    """
    assert client.ask("GET", "/healthz").json() == {"status": "ok"}

    client.well = False
    answer = client.ask("GET", "/healthz")

    assert (answer.status_code, answer.json()) == (503, {"status": "broken", "detail": "the disk is gone"})


@pytest.mark.parametrize("token", [TOKEN, SCRAPER])
def test_metrics(client: Client, token: str) -> None:
    """
    What was answered and taken in is counted, and shown to who may bring transactions or see metrics.
    """
    client.post(lines(transaction(), transaction()), Content_Type="application/jsonl")
    client.ask("GET", "/nothing")
    client.post(b"{")

    answer = client.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    page = answer.text.splitlines()
    assert "luahost_accepted_total 2.0" in page
    assert 'luahost_intake_requests_total{path="/v1/transactions",status="202"} 1.0' in page
    assert 'luahost_intake_requests_total{path="/v1/transactions",status="400"} 1.0' in page
    assert 'luahost_intake_requests_total{path="other",status="404"} 1.0' in page


def test_metrics_are_not_for_everybody(client: Client, kept: SqliteSpool) -> None:
    """
    Without a token they are refused, and a token for metrics brings no transactions.
    """
    assert client.ask("GET", "/metrics").status_code == 401
    assert client.post(ONE, Authorization=f"Bearer {SCRAPER}").status_code == 401
    assert kept.transactions() == []


def test_openapi(client: Client) -> None:
    """
    The document has the form of a transaction, with which real ones agree.
    """
    document = client.ask("GET", "/v1/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) < set(client.intake.routes)
    schema = document["components"]["schemas"]["Transaction"]
    jsonschema.Draft202012Validator(schema).validate(transaction())
    assert not jsonschema.Draft202012Validator(schema).is_valid(transaction(events=[{**NEW, "uid": -1}]))


def test_one_schema() -> None:
    """
    The schema that is served is the one of docs/, to be copied after a change.
    """
    assert Path(SCHEMA).read_bytes() == (DOCS / "transaction.schema.json").read_bytes()
