"""
What succeeded is not sent twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace

import pytest

from luahost.clock import SYSTEM_CLOCK
from luahost.errors import EndpointError, HeldBackError
from luahost.exchange import Answer, Place, Request
from luahost.server.runner.journal import JournalledNetwork, answer_of, fingerprint, written
from tests.server.wire import Wire

HELLO = Request(method="POST", url="http://push.example/", headers=(("Host", "push.example"),), body=b"hello")
OK = Answer(version="HTTP/1.1", status=200, reason="OK", headers=(("X", "ä\udcff"),), body=b"\x00\xff")
BUSY = Answer(version="HTTP/1.1", status=503)


class Attempts:
    """
    The attempts of one transaction, with the journal that grows from one to the next.
    """

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}

    def begin(self, *answers: Answer | EndpointError, held: bool = True) -> tuple[Wire, JournalledNetwork]:
        """
        Another attempt, with what is really answered to those that are really sent.
        """
        wire = Wire(*answers)
        known, keep = dict(self.answers), self.answers.__setitem__
        return wire, JournalledNetwork(wire, transaction="t1", answers=known, record=keep, holds=lambda: held)


def send(network: JournalledNetwork, request: Request = HELLO, address: str | None = None) -> Answer:
    """
    Send a request.
    """
    return network.send(request, address=address, seconds=None, most_bytes=1000, clock=SYSTEM_CLOCK)


def test_a_later_attempt_gets_the_same_answer() -> None:
    """
    A request that was answered well is answered the same way again, to the byte, and not sent.
    """
    attempts = Attempts()
    send(attempts.begin(OK)[1])
    wire, network = attempts.begin()

    assert send(network) == OK
    assert wire.sent == []
    assert network.repeated == 1


def test_what_another_machine_may_run() -> None:
    """
    A transaction that is not ours any more sends nothing, and has the answers that there are.
    """
    attempts = Attempts()
    send(attempts.begin(OK)[1])
    wire, network = attempts.begin(held=False)

    assert send(network) == OK
    with pytest.raises(EndpointError, match="another machine"):
        send(network)
    assert wire.sent == []


def test_what_failed_is_sent_again_with_its_id() -> None:
    """
    An answer that says no, and no answer at all, are not kept; the endpoint knows the request by its id.
    """
    attempts = Attempts()
    first, network = attempts.begin(BUSY)
    send(network)
    second, network = attempts.begin(EndpointError("timeout", "while talking"))
    with pytest.raises(EndpointError):
        send(network)
    third, network = attempts.begin(OK)
    send(network)

    assert attempts.answers
    assert first.ids == second.ids == third.ids
    assert first.ids[0].startswith("t1-")


def test_the_same_request_twice() -> None:
    """
    A script that sends the same thing twice sends it twice, each with an id of its own, and after one of them
    failed only that one again.
    """
    attempts = Attempts()
    first, network = attempts.begin(OK, BUSY)
    send(network)
    send(network)
    second, network = attempts.begin(OK)

    assert [send(network).status, send(network).status] == [200, 200]
    assert len(second.sent) == 1
    assert first.ids[0] != first.ids[1]
    assert second.ids == [first.ids[1]]


def test_requests_differ_by_header() -> None:
    """
    Another header field makes another request, unless it is one that changes by itself.
    """
    attempts = Attempts()
    dated = Request(method="POST", url=HELLO.url, headers=(*HELLO.headers, ("Date", "Monday")), body=b"hello")
    other = Request(method="POST", url=HELLO.url, headers=(*HELLO.headers, ("Topic", "a")), body=b"hello")
    send(attempts.begin(OK)[1])
    wire, network = attempts.begin(BUSY)

    assert send(network, dated) == OK
    assert send(network, other) == BUSY
    assert wire.sent[0].headers[:2] == other.headers


def test_an_id_of_the_scripts_own() -> None:
    """
    A script that gives its request an id keeps it.
    """
    wire, network = Attempts().begin(OK)
    own = Request(method="POST", url=HELLO.url, headers=(("Webhook-Id", "mine"),))

    send(network, own)

    assert wire.sent == [own]


def test_the_address_that_answered() -> None:
    """
    The policy is asked about the address that answered once, and the name is not looked up again.
    """
    attempts = Attempts()
    send(attempts.begin(OK)[1], address="192.0.2.7")
    wire, network = attempts.begin()

    place = Place.of(HELLO.url)
    assert network.addresses(HELLO, place, seconds=None, clock=SYSTEM_CLOCK) == ["192.0.2.7"]
    assert wire.looked_up == 0


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (204, True), (303, True), (302, False), (404, False)]
)
def test_what_is_kept(status: int, kept: bool) -> None:
    """
    Kept is what says that the request was taken.
    """
    attempts = Attempts()

    send(attempts.begin(Answer(version="HTTP/1.1", status=status))[1])

    assert bool(attempts.answers) is kept


def test_a_body_that_breaks_off_is_not_kept() -> None:
    """
    Half an answer is no good one.
    """
    attempts = Attempts()

    send(attempts.begin(Answer(version="HTTP/1.1", status=200, broken=EndpointError("closed", "")))[1])

    assert attempts.answers == {}


def test_the_journals_form() -> None:
    """
    What is written down is read again as it was.
    """
    assert answer_of(written(OK, "::1")) == OK


def test_what_is_gone_stays_gone() -> None:
    """
    An endpoint that wants no more of something is not asked again.
    """
    attempts = Attempts()
    send(attempts.begin(Answer(version="HTTP/1.1", status=410, reason="Gone"))[1])
    wire, network = attempts.begin()

    assert send(network).status == 410
    assert wire.sent == []


def test_how_requests_failed() -> None:
    """
    Which requests were out of time in the end is remembered, and what was held back for longest.
    """
    timeout, refused = EndpointError("timeout", "while talking"), EndpointError("refused", "no")
    held = [HeldBackError("http://push.example:80", seconds) for seconds in (5, 30, 10)]
    other = Request(method="GET", url="http://bob:secret@push.example/x")
    network = Attempts().begin(timeout, timeout, refused, *held)[1]

    for request in (HELLO, other, HELLO, HELLO, HELLO, HELLO):
        with pytest.raises(EndpointError):
            send(network, request)

    assert network.timed_out == {("GET", "http://push.example/x", b"")}
    assert network.held is held[1]


def test_what_became_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """
    With ``-v`` the log says of each request that was sent how it was answered, or why it was not.
    """
    caplog.set_level(logging.DEBUG, "luahost.server")
    attempts = Attempts()
    first, network = attempts.begin(EndpointError("timeout", "while talking"))
    with pytest.raises(EndpointError):
        send(network)
    send(attempts.begin(replace(OK, broken=EndpointError("closed", "half")))[1])
    send(attempts.begin(OK)[1])
    send(attempts.begin()[1])

    assert [record.getMessage() for record in caplog.records] == [
        f"t1: request {first.ids[0]} had no answer: timeout: while talking",
        f"t1: request {first.ids[0]} was answered 200, which broke off: closed: half",
        f"t1: request {first.ids[0]} was answered 200",
    ]


def test_what_journals_have_stays_as_it_is() -> None:
    """
    A request has the hash in a later version of luahost that it has in this one: that of its JSON.
    """
    headers = (("Date", "now"), ("X-\xe4", 'a"\\\x01\udcff'), ("Host", "h"))
    request = Request(method="POST", url="http://h/\U0001f600", headers=headers, body=b"\xff")

    fields = [["x-\xe4", 'a"\\\x01\udcff'], ["host", "h"]]
    head = json.dumps(["POST", "http://h/\U0001f600", None, None, fields])
    assert fingerprint(request) == hashlib.sha256(head.encode() + b"\n\xff").hexdigest()
