"""
The journal of a transaction's outgoing requests: what was answered well in an earlier attempt is answered the
same way again, and not sent.

A request is the same if method, URL, body and header fields are, but for those fields that change by
themselves. The first of several equal ones that is answered well takes the first place in the journal, the
second the second, so a script that means to send something twice sends it twice.

Each request carries ``webhook-id`` (Standard Webhooks), the same at each attempt and different for each
place, unless the script gave one: an endpoint whose answer was lost can tell that it has seen the request.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from json.encoder import encode_basestring_ascii as quoted

from luahost.clock import Clock
from luahost.dataclass import replace
from luahost.errors import EndpointError, HeldBackError
from luahost.exchange import Answer, Place, Request, without_credentials
from luahost.network import Network
from luahost.server.log_fields import about_id
from luahost.server.runner.verdict import RequestKey

ID_HEADER = "webhook-id"
"""Of Standard Webhooks, section "Webhook Headers"."""

CHANGING_HEADERS = frozenset({"date", "webhook-timestamp", "webhook-signature", "traceparent", "tracestate"})
"""Fields that a request has anew at each attempt."""

FOR_GOOD = frozenset({HTTPStatus.SEE_OTHER, HTTPStatus.GONE})
"""Statuses of answers that are kept, besides 2xx."""

ID_DIGITS = 16
"""Of a request's hash, in its id."""

FIELDS = 1000
"""How many header fields are remembered as fingerprints have them: a script mostly sends the same ones."""

log = logging.getLogger("luahost.server")


def always_held(id: str = "") -> bool:
    """
    It is, as there is no other machine.
    """
    return True


class JournalledNetwork:
    """
    The network of one attempt.

    Args:
        network: What really carries requests.

        transaction: The transaction's id.

        answers: The journal so far, from earlier attempts; what is answered now comes into it.

        record: Keeps an answer, by its key; returns when it is on disk.

        holds: Says whether the transaction is still ours; what is sent otherwise might be sent twice.

    Attributes:
        repeated: How many requests were answered from the journal.

        timed_out: The requests that had no answer in time when they were last sent.

        held: Why a request was not sent, that which has to wait for longest if there are several; None if all
            were.
    """

    takes_time = True

    def __init__(
        self,
        network: Network,
        *,
        transaction: str,
        answers: dict[str, bytes],
        record: Callable[[str, bytes], None],
        holds: Callable[[], bool] = always_held,
    ) -> None:
        self.repeated = 0
        self.timed_out: set[RequestKey] = set()
        self.held: HeldBackError | None = None
        self._network = network
        self._transaction = transaction
        self._answers = answers
        self._record = record
        self._holds = holds
        self._answered: dict[str, int] = {}
        self._last: tuple[Request, str] | None = None

    def prepare(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.prepare()

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        The address that answered, if one did in an earlier attempt: whether it may still be asked is the
        policy's to say, and the name may have none today.
        """
        known = self._answers.get(self._key(request))
        address = _address_of(known) if known is not None else None
        if address is not None:
            return [address]
        try:
            return self._network.addresses(request, place, seconds=seconds, clock=clock)
        except EndpointError as error:
            self._failed(request, error)
            raise

    def send(
        self,
        request: Request,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Answer:
        """
        What the journal has, or else what the endpoint says.
        """
        key = self._key(request)
        known = self._answers.get(key)
        if known is not None:
            self._count(request)
            self.repeated += 1
            return answer_of(known)
        if not self._holds():
            raise EndpointError("refused", "another machine may run this transaction by now")
        sent = self._with_id(request, key)
        try:
            answer = self._network.send(
                sent, address=address, seconds=seconds, most_bytes=most_bytes, clock=clock
            )
        except EndpointError as error:
            # The script that would be told may be dead by then.
            self._log(sent, "had no answer: %s", error)
            self._failed(request, error)
            raise
        if log.isEnabledFor(logging.DEBUG):
            broken = f", which broke off: {answer.broken}" if answer.broken else ""
            self._log(sent, "was answered %d%s", answer.status, broken)
        if self.timed_out:
            self.timed_out.discard(_request_key(request))
        if went_well(answer):
            self._answers[key] = kept = written(answer, address)
            self._record(key, kept)
            self._count(request)
        return answer

    def close(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.close()

    def _failed(self, request: Request, error: EndpointError) -> None:
        """
        Remember how the request failed.
        """
        key = _request_key(request)
        self.timed_out.discard(key)
        if isinstance(error, HeldBackError):
            if self.held is None or error.wait_seconds > self.held.wait_seconds:
                self.held = error
        elif error.kind == "timeout":
            self.timed_out.add(key)

    def _log(self, sent: Request, words: str, *values: object) -> None:
        if log.isEnabledFor(logging.DEBUG):
            words = f"%s: request %s {words}"
            id = self._transaction
            log.debug(words, id, _id_of(sent), *values, extra=about_id(id))

    def _fingerprint(self, request: Request) -> str:
        """
        That of a request, which is asked for several times.
        """
        if self._last is None or self._last[0] is not request:
            self._last = request, fingerprint(request)
        return self._last[1]

    def _count(self, request: Request) -> None:
        """
        It was answered once more.
        """
        found = self._fingerprint(request)
        self._answered[found] = self._answered.get(found, 0) + 1

    def _key(self, request: Request) -> str:
        found = self._fingerprint(request)
        return hashlib.sha256(f"{found}/{self._answered.get(found, 0)}".encode()).hexdigest()

    def _with_id(self, request: Request, key: str) -> Request:
        if ID_HEADER in [name.lower() for name, _ in request.headers]:
            return request
        identity = f"{self._transaction}-{key[:ID_DIGITS]}"
        return replace(request, headers=(*request.headers, (ID_HEADER, identity)))


def _request_key(request: Request) -> RequestKey:
    return request.method, without_credentials(request.url), request.body


def _id_of(request: Request) -> str:
    return next(value for name, value in request.headers if name.lower() == ID_HEADER)


def fingerprint(request: Request) -> str:
    """
    What equal requests have in common, as a hash: the journal has no secrets of headers.
    """
    line = ", ".join([_quoted(each) for each in (request.method, request.url, request.target, request.proxy)])
    fields = [text for each in request.headers if (text := _fingerprint_of(each))]
    # As JSON has it, at a third of what its encoder costs; what journals have must stay as it is.
    head = f"[{line}, [{', '.join(fields)}]]"
    return hashlib.sha256(head.encode() + b"\n" + request.body).hexdigest()


@functools.lru_cache(FIELDS)
def _fingerprint_of(field: tuple[str, str]) -> str:
    """
    A header field in a fingerprint; nothing if it changes by itself.
    """
    name, value = field
    known = name.lower()
    return "" if known in CHANGING_HEADERS else f"[{quoted(known)}, {quoted(value)}]"


def _quoted(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def went_well(answer: Answer) -> bool:
    """
    Whether an answer says that the request need not be sent again. 2xx and 303 say that it was taken, 303 as
    a POST is answered that leads elsewhere for what came of it (RFC 9110, section 15.4.4); 410 that it is not
    wanted any more (Standard Webhooks).
    """
    return answer.broken is None and (answer.status // 100 == 2 or answer.status in FOR_GOOD)


def written(answer: Answer, address: str | None) -> bytes:
    """
    An answer as the journal keeps it.
    """
    headers = ",".join([f"[{quoted(name)},{quoted(value)}]" for name, value in answer.headers])
    line = f'"version":{quoted(answer.version)},"status":{answer.status},"reason":{quoted(answer.reason)}'
    body = base64.b64encode(answer.body).decode() if answer.body else ""
    return f'{{{line},"headers":[{headers}],"body":"{body}","address":{_quoted(address)}}}'.encode()


def answer_of(kept: bytes) -> Answer:
    """
    What :func:`written` made of an answer, as one again.
    """
    told = json.loads(kept)
    return Answer(
        version=told["version"],
        status=told["status"],
        reason=told["reason"],
        headers=tuple((name, value) for name, value in told["headers"]),
        body=base64.b64decode(told["body"]),
    )


def _address_of(kept: bytes) -> str | None:
    address: str | None = json.loads(kept)["address"]
    return address
