"""
The OX driver, with dlog behind it, in a real Dovecot and in luahost: the same requests, byte for
byte, and the same lines in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost import message
from luahost.host import Session
from tests.api.scripted_endpoint import HANG, Pieces, ScriptedEndpoint, answer
from tests.debian import needs
from tests.live.both_servers import CONFIGURATION, DIALECT, PLUGINS, BothServers, Seen
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

MESSAGES = Path(__file__).parent.parent.parent / "fixtures" / "oracle" / "messages"

EVERY = 5
"""One in so many of the recorded messages is delivered."""

CLOSE = "Connection: close"
OK = answer("200 OK", CLOSE)

SECRET = "lo%67in:pa%40ss"

PLAIN = b"From: A <a@x.org>\nTo: b\nSubject: hi\n\nbody text\n"

HOSTILE = {
    "controls": b'From: a\x01b\x1f\x7f <a@x>\nSubject: t\th \x0b\x0c \x1b[0m </s> \\ "q"\n\n\x02\x7f\n',
    "no UTF-8": b"From: \xff\xfe <a@x>\nSubject: \xc3(\xa0\xe2(\xe2\x82(\xf0\x9fa\xed\xa0\x80\n\n\xff(\n",
    "cut UTF-8": b"From: ab\xc3\nSubject: ok\xe2\x82\n\nx\xe2\x82\n",
    "separators": "From: a\u2028b\nSubject: \u2029 \ufeff \uffff \U0010ffff \x85\n\n\u2028\u2029x\n".encode(),
    "NUL": b"From: a\0b <a@x>\nSubject: s\0t\n\nbody\0more\n",
    "folded": b"From: a\r\n b\r\n\t<a@x>\r\nSubject: one\r\n two\r\n\tthree\r\n\r\nbody\r\n",
    "no headers": b"\nbody only\n",
    "no body": b"X: y\n\n",
    "empty headers": b"From:\nSubject:   \n\nx\n",
    "headers twice": b"From: first\nFrom: second\nSubject: one\nsubject: two\n\nx\n",
    "lone CR": b"From: a\rb\nSubject: c\rd\n\ne\rf\n",
}


LONG = (
    b"From: " + b"x" * 70000 + b" <a@x>\nSubject: " + b"\xc3\xa4y" * 40000 + b"\n\n" + b"w " * 50000 + b"\n"
)


FORGETFUL = "cache_lifetime=0" if DIALECT.name == "2.3" else ""
"""What has a driver remember no METADATA, where there is such a thing."""


def configured(drivers: list[str]) -> Dovecot:
    """
    The real server with these drivers.
    """
    more = TESTED.attributes + CONFIGURATION
    return Dovecot({}, mail_plugins=PLUGINS, drivers=drivers, more=more, release=TESTED)


@contextmanager
def both_waiting(milliseconds: int) -> Iterator[BothServers]:
    """
    The OX driver, which waits so long for each answer, and dlog; with an endpoint that answers as it is told.
    """
    with ScriptedEndpoint(OK) as endpoint:
        url = f"http://{SECRET}@{endpoint.place}/x/y?q=1"
        options = f"max_retries=2 timeout_msecs={milliseconds} user_from_metadata"
        with configured([f"ox:url={url} {options}", "dlog"]) as server:
            yield BothServers(server, endpoint, secret=SECRET)


@pytest.fixture(scope="module")
def both() -> Iterator[BothServers]:
    """
    With all the patience that a busy machine needs.
    """
    with both_waiting(20_000) as servers:
        yield servers


@pytest.fixture
def both_in_haste() -> Iterator[BothServers]:
    """
    With little patience, for an endpoint that does not answer.
    """
    with both_waiting(300) as servers:
        yield servers


def test_messages(both: BothServers) -> None:
    """
    Request, header fields, body and log lines are those of Dovecot for whatever is delivered.
    """
    recorded = {path.stem: path.read_bytes() for path in sorted(MESSAGES.glob("*.eml"))[::EVERY]}
    both.metadata("anna", "user=11@3")
    for name, data in {**HOSTILE, **recorded}.items():
        real, ours = both.deliver("anna", data, OK)

        assert ours == real, name
        assert len(real.bodies) == 1, name


def test_a_long_message(both: BothServers) -> None:
    """
    It is sent whole. Where its log lines are cut depends on the numbers of process and connection.
    """
    both.metadata("anton", "user=11@3")

    real, ours = both.deliver("anton", LONG, OK)

    assert (ours.heads, ours.bodies) == (real.heads, real.bodies)
    assert len(real.bodies[0]) > len(LONG) // 2


ANSWERS: dict[str, Pieces] = {
    "202": answer("202 Accepted", CLOSE),
    "204": [b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"],
    "no reason": answer("299 ", CLOSE),
    "after 100": [b"HTTP/1.1 100 Continue\r\n\r\n", *OK],
    "a body that ends early": [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
    "401": answer("401 Unauthorized", CLOSE, "WWW-Authenticate: Basic"),
    "404": answer("404 Not Found", CLOSE),
    "408": answer("408 Request Timeout", CLOSE),
    "500": answer("500 Internal Server Error", CLOSE, body=b"why"),
    "503": answer("503 Service Unavailable", CLOSE),
    "503, later": answer("503 Busy", CLOSE, "Retry-After: Fri, 31 Dec 2100 00:00:00 GMT"),
    "301": answer("301 Moved", CLOSE, "Location: http://127.0.0.1:1/x"),
    "301, relative": answer("301 Moved", CLOSE, "Location: /x"),
    "301, nowhere": answer("301 Moved", CLOSE),
    "304": answer("304 Not Modified", CLOSE, "Location: /x"),
    "no HTTP": [b"hello\r\n\r\n"],
    "closed": [],
}


def test_answers(both: BothServers) -> None:
    """
    As many attempts, and the same words about what came of them.
    """
    both.metadata("bert", "user=11@3")
    for name, pieces in ANSWERS.items():
        real, ours = both.deliver("bert", PLAIN, pieces)

        assert ours == real, name


def test_an_endpoint_that_hangs(both_in_haste: BothServers) -> None:
    """
    Nor do they wait longer than they are told to.
    """
    both_in_haste.metadata("bert", "user=11@3")

    real, ours = both_in_haste.deliver("bert", PLAIN, [HANG])

    assert ours == real
    assert len(real.heads) == 3


VALUES = (
    None,
    "",
    "user",
    "user=",
    "user=a\tuser=b",
    "x=y",
    "USER=a",
    "\tfoo=1\tuser=é\tevents=MessageNew\t",
    'user=a\x01tb\x01rc\x011"\\',
    "us\x01er=k\x01",
    "user=a\x010b",
)


@pytest.mark.parametrize("value", VALUES)
def test_metadata(both: BothServers, value: str | None) -> None:
    """
    The same users are found in METADATA, and the same is said where there is none.
    """
    user = f"user{VALUES.index(value)}"
    both.metadata(user, value)

    real, ours = both.deliver(user, PLAIN, OK)

    assert ours == real


def test_what_is_no_delivery(both: BothServers) -> None:
    """
    What an IMAP client does is told of to the drivers, and nothing is sent.
    """
    both.metadata("carl", "user=11@3")

    def in_imap() -> None:
        with both.server.imap("carl") as client:
            client.command("APPEND INBOX {}", [PLAIN])
            client.command("SELECT INBOX")
            client.command("STORE 1 +FLAGS (\\Flagged)")
            client.command("FETCH 1 BODY[]")
            client.command("CREATE Work")
            client.command("SUBSCRIBE INBOX")
            client.command("LOGOUT")

    def in_luahost(session: Session) -> None:
        session.append(message.read(PLAIN))
        session.store("1", add=["\\Flagged"])
        session.read("1")
        session.create("Work")
        session.subscribe("INBOX")

    real, ours = both.imap("carl", in_imap, in_luahost)

    assert ours == real
    assert real.bodies == []


@pytest.fixture
def both_with_two() -> Iterator[BothServers]:
    """
    Two OX drivers, with dlog between: one remembers nothing, if there is such a thing, and the endpoint
    of the other is not there.
    """
    with ScriptedEndpoint(OK) as endpoint:
        drivers = [
            f"ox:url={endpoint.url}/ {FORGETFUL}",
            "dlog",
            "ox:url=http://127.0.0.1:1/ user_from_metadata",
        ]
        with configured(drivers) as server:
            yield BothServers(server, endpoint)


def test_two_endpoints(both_with_two: BothServers) -> None:
    """
    Each is told of a delivery, and the first waits for the answers of both. Which comes first is left to
    chance in Dovecot, and not here.
    """
    both_with_two.metadata("dora", "user=11@3")

    real, ours = both_with_two.deliver("dora", PLAIN, OK)

    assert (ours.heads, ours.bodies) == (real.heads, real.bodies)
    answers = slice(-4, -2)
    assert sorted(ours.log[answers]) == sorted(real.log[answers])
    ours.log[answers] = real.log[answers]
    assert ours.log == real.log


def dlog_first() -> tuple[Seen, Seen]:
    """
    A delivery with the drivers dlog and ox, in this order.
    """
    with ScriptedEndpoint(OK) as endpoint:
        drivers = ["dlog", f"ox:url={endpoint.url}/"]
        with configured(drivers) as server:
            both = BothServers(server, endpoint)
            both.metadata("emil", "user=11@3")
            return both.deliver("emil", PLAIN, OK)


def test_dlog_first() -> None:
    """
    Drivers are let go in their order: dlog is gone when the answer comes.
    """
    try:
        real, ours = dlog_first()
    except TimeoutError:
        # On a very busy machine a Dovecot now and then logs nothing of what its first user's drivers do.
        real, ours = dlog_first()

    assert ours == real
    assert "Notification sent" in real.log[-1]


def test_what_is_remembered(both_with_two: BothServers) -> None:
    """
    METADATA that is taken away in the middle of a session goes on to hold where it was kept.
    """
    both_with_two.metadata("dora", "user=11@3")

    def in_imap() -> None:
        with both_with_two.server.imap("dora") as client:
            client.command("APPEND INBOX {}", [PLAIN])
            both_with_two.metadata("dora", None)
            client.command("APPEND INBOX {}", [PLAIN])
            client.command("LOGOUT")
            both_with_two.metadata("dora", "user=11@3")

    def in_luahost(session: Session) -> None:
        session.append(message.read(PLAIN))
        both_with_two.metadata("dora", None)
        session.append(message.read(PLAIN))

    real, ours = both_with_two.imap("dora", in_imap, in_luahost)

    assert ours == real
    assert sum("not active" in line for line in real.log) == (1 if FORGETFUL else 0)
