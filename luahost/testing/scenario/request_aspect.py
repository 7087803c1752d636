"""
The aspect ``requests``: HTTP requests, in the order in which they were sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from luahost.documents.values import Value, record
from luahost.effects import Http
from luahost.testing.scenario.evidence import Evidence
from luahost.testing.scenario.heads import head_and_details
from luahost.testing.scenario.matcher_words import matcher, text_matcher
from luahost.testing.scenario.matchers import ABSENT, Fields, Matcher, Unreadable, plain
from luahost.testing.scenario.routes import request_pattern
from luahost.testing.scenario.sequences import Expected, Fact
from luahost.testing.scenario.showing import shown

Headers = Iterable[tuple[str, str]]


class _Details(Mapping[str, Any]):
    """
    What is known of a request, worked out when it is asked for.
    """

    def __init__(self, http: Http, headers: Headers) -> None:
        self._http = http
        self._headers = headers

    def __getitem__(self, key: str) -> Any:
        return _by_name(self._headers) if key == "headers" else _FINDERS[key](self._http)

    def __iter__(self) -> Iterator[str]:
        return iter(_TABLE)

    def __len__(self) -> int:
        return len(_TABLE)


def _by_name(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _pairs(encoded: str) -> dict[str, Any]:
    """
    The fields of a form; one that is there several times is a list.
    """
    # Imported here, since few scenarios ask for it.
    from urllib.parse import parse_qsl

    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, errors="surrogateescape"):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _query(http: Http) -> dict[str, Any]:
    from urllib.parse import urlsplit

    return _pairs(urlsplit(http.url).query)


def _json(http: Http) -> Any:
    try:
        return json.loads(http.body)
    except (ValueError, RecursionError) as error:
        return Unreadable(f"no JSON ({error}): {shown(http.body)}")


def _lower_keys(value: Value) -> Matcher:
    found = text_matcher(value)
    if not isinstance(found, Fields):
        return found
    return Fields({name.lower(): inner for name, inner in found.named.items()}, found.exactly)


_FINDERS: Mapping[str, Callable[[Http], Any]] = {
    "form": lambda http: _pairs(plain(http.body)),
    "json": _json,
    "query": _query,
    "body": lambda http: plain(http.body),
    "status": lambda http: ABSENT if http.status is None else http.status,
    "error": lambda http: ABSENT if http.error is None else http.error,
}
_TABLE: Mapping[str, Callable[[Value], Matcher]] = {
    "headers": _lower_keys,
    "form": text_matcher,
    "json": matcher,
    "query": text_matcher,
    "body": text_matcher,
    "status": matcher,
    "error": text_matcher,
}
"""What can be said of a request."""


def requests(evidence: Evidence) -> Iterator[Fact]:
    """
    The requests that were made, refused ones too.
    """
    received = list(evidence.received)
    for http in evidence.effects:
        if isinstance(http, Http):
            head = f"{http.method} {http.url}"
            headers: Headers = http.headers
            if received and (received[0].method, received[0].url) == (http.method, http.url):
                headers = received.pop(0).headers.pairs
            yield Fact(head, _Details(http, headers), partial(_summary, http))


def _summary(http: Http) -> str:
    return f"{http.method} {http.url} → {http.error or http.status}"


def request(value: Value) -> Expected:
    """
    A method and a URL, either with ``*`` in it, and what else is expected.
    """
    written, details = head_and_details(value, "a method and a URL, such as POST https://push.example/*")
    is_one = request_pattern(written, value)
    wanted = None if details is None else Fields(record(details, _TABLE, where="in a request"))
    return Expected(written, value.line, is_one, wanted)
