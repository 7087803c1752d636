"""
``endpoint:``, what the HTTP double answers to which requests.

A route is ``POST https://push.example/v1/*``: a method and a URL, or a URL alone for any method. The words of
patterns, answers and faults are those of :class:`luahost.testing.Endpoint`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.documents.quoting import quoted
from luahost.documents.values import (
    Reader,
    Value,
    as_written,
    items,
    meant_or_known,
    members,
    number,
    record,
    text,
    truth,
)
from luahost.documents.yaml_tree import MAX_DEPTH, MappingNode, ScalarNode, SequenceNode
from luahost.testing.endpoint.answers import FAULTS, Answer, Fault
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.endpoint.routes import ANY, fitting
from luahost.testing.scenario.matcher_words import number as any_number
from luahost.testing.scenario.matcher_words import plain_scalar

_METHOD = patterns.compile(r"[A-Z][A-Z-]*|\*")
_STATUS = patterns.compile("[2-9][0-9][0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWords:
    """
    A route of a scenario, from which endpoints get theirs.

    Attributes:
        method, url: The pattern.

        replies: One, or one after the other.

        times, optional: As in :meth:`luahost.testing.Endpoint.route`.

        line: Where it is written.
    """

    method: str
    url: str
    replies: tuple[Answer | Fault, ...]
    times: int | None = None
    optional: bool = False
    line: int = 1

    def add_to(self, endpoint: Endpoint) -> None:
        """
        Let the endpoint have it.
        """
        endpoint.route(self.method, self.url, answers=self.replies, times=self.times, optional=self.optional)


def method_and_url(written: str, value: Value) -> tuple[str, str]:
    """
    Both parts of a pattern such as ``POST https://push.example/*``.
    """
    method, space, url = written.strip().rpartition(" ")
    method = method.strip() if space else ANY
    if not _METHOD.fullmatch(method):
        raise value.error(f"{quoted(method)} is no method; write POST, GET, … or leave it out for any")
    if not ("://" in url or url.startswith(("/", ANY))):
        raise value.error(
            f"{quoted(url)} is no URL; write https://host/path, /path at any host, or * for parts of it"
        )
    return method, url


def request_pattern(written: str, value: Value) -> Callable[[str], bool]:
    """
    Whether ``METHOD URL`` fits a pattern.
    """
    method, url = method_and_url(written, value)
    fits = fitting(url)

    def is_one(head: str) -> bool:
        actual_method, _, actual_url = head.partition(" ")
        return method in (ANY, actual_method) and fits(actual_url)

    return is_one


def routes(value: Value) -> tuple[RouteWords, ...]:
    """
    A mapping of patterns and what is answered.
    """
    return tuple(_route(written, member) for written, member in members(value).items())


def _route(written: str, value: Value) -> RouteWords:
    method, url = method_and_url(written, value)
    node = value.node
    if isinstance(node, SequenceNode):
        replies = tuple(_reply(item) for item in items(value, "an answer"))
        if not replies:
            raise value.expected("a status, a fault, or a list of them")
        return RouteWords(method=method, url=url, replies=replies, line=value.line)
    if not isinstance(node, MappingNode):
        return RouteWords(method=method, url=url, replies=(_reply(value),), line=value.line)
    found = record(value, _ROUTE, where="in a route")
    own = {key: found.pop(key) for key in ("times", "optional") if key in found}
    answers = found.pop("answers", None)
    if answers is not None and found:
        raise value.error(f"a route has answers, or {', '.join(found)}; not both")
    replies = answers if answers is not None else (_made(value, found),)
    return RouteWords(method=method, url=url, replies=replies, line=value.line, **own)


def _answers(value: Value) -> tuple[Answer | Fault, ...]:
    replies = tuple(_reply(item) for item in items(value, "an answer"))
    if not replies:
        raise value.expected("a list of answers")
    return replies


def _reply(value: Value) -> Answer | Fault:
    """
    A status, the name of a fault, or a mapping.
    """
    if isinstance(value.node, MappingNode):
        return _made(value, record(value, _ANSWER, where="in an answer"))
    written = as_written(value)
    if _STATUS.fullmatch(written):
        return Answer(int(written))
    if value.is_nothing:
        raise value.expected("a status such as 200, a fault, or a mapping")
    return Fault(_fault(value))


def fault(value: Value) -> Fault:
    """
    The name of a fault, or a mapping with it.
    """
    if not isinstance(value.node, MappingNode):
        return Fault(_fault(value))
    made = _made(value, record(value, _ANSWER, where="in a fault", required=["fault"]))
    assert isinstance(made, Fault)
    return made


def _made(value: Value, found: dict[str, Any]) -> Answer | Fault:
    fault = found.pop("fault", None)
    of_fault = {key: found.pop(key) for key in ("seconds", "to") if key in found}
    if of_fault and fault is None:
        raise value.error(f"{', '.join(of_fault)} belongs to a fault; a late answer has delay_seconds")
    try:
        answer = Answer(**found)
    except ValueError as error:
        raise value.error(str(error)) from None
    return answer if fault is None else Fault(fault, answer=answer, **of_fault)


def _fault(value: Value) -> str:
    written = text(value)
    if written not in FAULTS:
        raise value.error(
            f"{quoted(written)} is neither a status nor a fault; {meant_or_known(written, [*FAULTS])}"
        )
    return written


def _headers(value: Value) -> dict[str, str]:
    return {name: as_written(member) for name, member in members(value).items()}


def _json(value: Value) -> Any:
    return json_of(value)


def json_of(value: Value, depth: int = 0) -> Any:
    """
    A value as JSON has it: numbers, true, false and null if they are not in quotes.
    """
    if depth > MAX_DEPTH:
        raise value.error("this mapping or list holds itself; take the alias out")
    if isinstance(value.node, ScalarNode):
        return value.node.text if value.node.is_quoted else plain_scalar(value.node)
    if isinstance(value.node, SequenceNode):
        return [json_of(item, depth + 1) for item in items(value, "an item")]
    return {key: json_of(member, depth + 1) for key, member in members(value).items()}


def _seconds(value: Value) -> float:
    found = any_number(value)
    if not 0 <= found < float("inf"):
        raise value.expected("a number of seconds")
    return found


_ANSWER: Mapping[str, Reader[Any]] = {
    "status": number(200, 999),
    "headers": _headers,
    "body": as_written,
    "json": _json,
    "reason": as_written,
    "delay_seconds": _seconds,
    "fault": _fault,
    "seconds": _seconds,
    "to": text,
}
_ROUTE: Mapping[str, Reader[Any]] = {
    **_ANSWER,
    "answers": _answers,
    "times": number(1, 10**9, what="a number of requests, 1 or more"),
    "optional": truth,
}
