"""
What a client is answered: JSON, and for what is wrong a problem of RFC 9457 with the place in the body.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from luahost.dataclass import dataclass
from luahost.errors import fault_words

PROBLEM = "application/problem+json"
JSON = "application/json"

Fields = tuple[tuple[str, str], ...]
"""Header fields, names and values."""

CLOSE = ("Connection", "close")

log = logging.getLogger("luahost.server")

_JSON_FIELDS = (("Content-Type", JSON),)


@dataclass(slots=True)
class HttpAnswer:
    """
    An answer to a client.

    Attributes:
        status: The HTTP status.

        body: All of it.

        headers: Its header fields, but for those that belong to the connection. ``CLOSE`` among them ends it.
    """

    status: int
    body: bytes
    headers: Fields = ()


class RefusalError(Exception):
    """
    A request that is not granted.

    Attributes:
        status: The HTTP status.

        detail: What is wrong and what helps, for people.

        path: Where in the body it is, such as ``[3].events[0].uid``; None if the body is not to blame, ""
            if all of it is.

        headers: Header fields that go with it.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.path = path
        self.headers = headers or {}

    def answer(self) -> HttpAnswer:
        """
        It as an answer: ``type``, ``title``, ``status`` and ``detail`` of RFC 9457, and ``path``.
        """
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.path is not None:
            told["path"] = self.path
        return json_answer(int(self.status), told, {"Content-Type": PROBLEM, **self.headers})


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """
    An answer that is this value.
    """
    body = json.dumps(value).encode() + b"\n"
    return HttpAnswer(status, body, tuple({"Content-Type": JSON, **(headers or {})}.items()))


def ids_answer(status: HTTPStatus, ids: Sequence[str]) -> HttpAnswer:
    """
    An answer with ids, some at least, of letters, digits and hyphens: nothing in them needs escaping.
    """
    listed = '", "'.join(ids)
    return HttpAnswer(status, f'{{"ids": ["{listed}"]}}\n'.encode(), _JSON_FIELDS)


def too_large(most_bytes: int) -> RefusalError:
    """
    What to say of a longer body than there may be.
    """
    words = f"a body may have {most_bytes} bytes (max_body_bytes); send several requests"
    return RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words, headers=dict([CLOSE]))


def failed(fault: BaseException) -> HttpAnswer:
    """
    What to answer where luahost itself has failed: clients are told nothing of its insides, the log is.
    """
    log.error("a request could not be answered: %s", fault_words(fault))
    return RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says more").answer()
