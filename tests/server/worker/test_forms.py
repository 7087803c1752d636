"""
What crosses between server and worker arrives as it was sent, and nothing else arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from luahost.effects import (
    Effect,
    Failure,
    Http,
    Log,
    MailboxCall,
    Metadata,
    NamedEvent,
    Print,
    ProcessKilled,
)
from luahost.errors import EndpointError
from luahost.exchange import Answer, Request
from luahost.runtime.codec import FrameError
from luahost.server.worker.effect_form import calls_document, calls_of, effect_document, effect_of
from luahost.server.worker.exchange_form import answer_document, answer_of, request_document, request_of
from luahost.server.worker.frames import ANSWER, Frame, Incoming, dumped
from luahost.tls import Tls


def crossed(document: dict[str, Any]) -> Mapping[str, Any]:
    """
    A document that has been to the other side.
    """
    (frame,) = Incoming().cut(Frame(ANSWER, 1, dumped(document)).packed())
    return frame.loaded()


EFFECTS: list[Effect] = [
    Log(
        level="error",
        text="\udcff",
        failure=Failure(function=None, message="m", line=3, limit="memory_bytes"),
    ),
    NamedEvent(
        name="n", fields={"bytes": 1, "f": float("inf")}, categories=("a", "b"), inherited={"user": "u"}
    ),
    Http(method="POST", url="http://a/", headers=(("A", "b"),), body=b"\0\xff", status=500, seconds=0.5),
    Http(method="POST", url="http://a/", body=b"\0\xff", status=200, reason="OK", seconds=0.5),
    MailboxCall(mailbox="INBOX", method="status", result={"messages": 3, "keywords": ("k",)}),
    Metadata(owner="user", operation="get", key="/private/x", value=b"\xff"),
    Print(text="p\n"),
    ProcessKilled(reason="r", line=4),
]

REQUESTS = [
    Request(method="GET", url="http://a/"),
    Request(
        method="PUT",
        url="https://b/\udcff",
        headers=(("Host", "b"), ("X", "ä")),
        body=bytes(range(256)),
        timeout_seconds=1.5,
        tls=Tls(verify=False, cafile="/f"),
        simple=False,
        resolve=True,
        redirects=2,
        block_bytes=None,
    ),
]


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects(effect: Effect) -> None:
    """
    An effect of any kind is the same in the server.
    """
    document = crossed({"effect": effect_document(effect)})

    assert effect_of(document["effect"]) == effect


def test_what_the_server_knows() -> None:
    """
    Of an exchange that went well the header fields and the answer's body do not come back.
    """
    told = Http(method="GET", url="http://a/", headers=(("A", "b"),), status=204, response_body=b"c")

    assert effect_of(effect_document(told)) == Http(method="GET", url="http://a/", status=204)


def test_calls() -> None:
    """
    The calls of functions are the same in the server, as numbers.
    """
    calls = {("", "f"): 1, ("second", "g"): 2000}

    assert calls_of(crossed({"calls": calls_document(calls)})["calls"]) == calls


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.method)
def test_requests(request_: Request) -> None:
    """
    A request is the same in the server, to the byte.
    """
    assert request_of(crossed(request_document(request_))) == request_


@pytest.mark.parametrize("broken", [None, EndpointError("closed", "d", peer="p")])
def test_answers(broken: EndpointError | None) -> None:
    """
    An answer is the same in the worker, and why it breaks off.
    """
    answer = Answer(version="HTTP/1.1", status=200, headers=(("A", "b"),), body=b"\xff\0", broken=broken)

    found = answer_of(dict(crossed(answer_document(answer))))

    assert (found.status, found.headers, found.body) == (answer.status, answer.headers, answer.body)
    assert str(found.broken) == str(answer.broken)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"method": "GET"},
        {"method": 1, "url": "http://a/"},
        {"method": "GET", "url": "http://a/", "headers": [["a"]]},
        {"method": "GET", "url": "http://a/", "headers": [], "body": 3},
        {"method": "GET", "url": "http://a/", "headers": [], "simple": 1},
        {"method": "GET", "url": "http://a/", "headers": [], "redirects": True},
        {"method": "GET", "url": "http://a/", "headers": [], "tls": {"verify": "no"}},
        {"method": "GET", "url": "http://a/", "headers": [], "__class__": "x"},
    ],
)
def test_requests_that_are_none(document: Any) -> None:
    """
    What is no request is none, whoever sent it.
    """
    with pytest.raises(FrameError):
        request_of(document)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        ["log"],
        ["nothing", {}],
        ["log", {"text": "a"}],
        ["log", {"level": "a", "text": "b", "c": 1}],
    ],
)
def test_effects_that_are_none(document: Any) -> None:
    """
    What is no effect is none.
    """
    with pytest.raises(FrameError):
        effect_of(document)


@pytest.mark.parametrize("document", [None, 3, [3], [["a", "b"]], [["a", "b", "c"]], [["a", [], 1]]])
def test_calls_that_are_none(document: Any) -> None:
    """
    What is no number of calls is none.
    """
    with pytest.raises(FrameError):
        calls_of(document)


@pytest.mark.parametrize("document", [b"", b"[]", b"{", b"[" * 100_000])
def test_documents_that_are_none(document: bytes) -> None:
    """
    A frame without a document is no frame.
    """
    with pytest.raises(FrameError):
        Frame(ANSWER, 1, document).loaded()
