"""
What can be judged: calls, logs, requests and so on. Each aspect says which effects are its facts, and how
an expectation of it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from luahost.dataclass import dataclass
from luahost.documents.quoting import quoted
from luahost.documents.values import Value, meant_or_known, record
from luahost.documents.yaml_tree import MappingNode, ScalarNode
from luahost.effects import Call, Log, Metadata, NamedEvent, ProcessKilled
from luahost.events import EVENTS
from luahost.testing.scenario import request_aspect
from luahost.testing.scenario.evidence import Evidence
from luahost.testing.scenario.heads import head_and_details
from luahost.testing.scenario.matcher_words import matcher, text_matcher
from luahost.testing.scenario.matchers import Difference, Fields, Matcher
from luahost.testing.scenario.sequences import Expected, Fact
from luahost.testing.scenario.showing import shown

_FUNCTION = "dovecot_lua_notify_"
_HANDLERS = {kind.handler: kind.name for kind in EVENTS}
_FUNCTIONS = {
    "begin_txn": f"{_FUNCTION}begin_txn",
    "end_txn": f"{_FUNCTION}end_txn",
    **{name: handler for handler, name in _HANDLERS.items()},
    **{
        name: name
        for name in (
            "script_init",
            "script_deinit",
            "mail_user_created",
            "mail_user_deinit_pre",
            "mail_user_deinit",
        )
    },
}
_SHORT = {function: name for name, function in _FUNCTIONS.items()}
_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Aspect:
    """
    One kind of thing that can be judged.

    Attributes:
        facts: What of it happened.

        read: An expectation, from an item of its list.
    """

    facts: Callable[[Evidence], Iterator[Fact]]
    read: Callable[[Value], Expected]


def _call_fact(call: Call) -> Fact:
    name = _SHORT.get(call.function, call.function)
    if call.event is not None:
        return Fact(name, call.event, partial(_head_and_details, name, call.event))
    details = _told(call, "user", "success", "settings")
    return Fact(name, details, partial(_head_and_details, name, details))


def _told(effect: object, *names: str) -> dict[str, Any]:
    """
    What an effect has of these attributes.
    """
    found = ((name, getattr(effect, name)) for name in names)
    return {name: value for name, value in found if value is not None}


def _head_and_details(head: str, details: Mapping[str, Any]) -> str:
    return f"{head} {shown(details)}" if details else head


def _calls(evidence: Evidence) -> Iterator[Fact]:
    return (_call_fact(effect) for effect in evidence.effects if isinstance(effect, Call))


def _handlers(evidence: Evidence) -> Iterator[Fact]:
    return (
        _call_fact(effect)
        for effect in evidence.effects
        if isinstance(effect, Call) and effect.event is not None
    )


def _function(known: Sequence[str], what: str) -> Callable[[Value], Expected]:
    def read(value: Value) -> Expected:
        written, details = head_and_details(value, f"{what}, such as {known[0]}")
        name = _SHORT.get(written, written)
        if name not in known:
            raise value.error(f"unknown {what} {quoted(written)}; {meant_or_known(written, known)}")
        if details is not None and not isinstance(details.node, MappingNode):
            raise details.expected("a mapping of its fields")
        wanted = None if details is None else matcher(details)
        return Expected(written, value.line, name.__eq__, wanted)

    return read


class _LogText(Matcher):
    """
    The text of a log line, with what Dovecot puts in front of it or without.
    """

    def __init__(self, inner: Matcher) -> None:
        self._inner = inner

    @property
    def words(self) -> str:
        return self._inner.words

    def matches(self, actual: Any) -> bool:
        return self._inner.matches(actual["text"]) or self._inner.matches(actual["message"])

    def differences(self, actual: Any, path: str = "") -> Iterator[Difference]:
        if not self.matches(actual):
            yield from self._inner.differences(actual["message"], path)


def _logs(evidence: Evidence) -> Iterator[Fact]:
    for log in evidence.effects:
        # What Dovecot logs of a failure is judged as an error.
        if isinstance(log, Log) and log.failure is None:
            message = log.text.removeprefix(log.prefix)
            details = {"text": log.text, "message": message}
            yield Fact(log.level, details, partial(_level_and_text, log.level, message))


def _level_and_text(level: str, message: str) -> str:
    return f"{level}: {shown(message)}"


def _log(value: Value) -> Expected:
    level, details = head_and_details(value, "a level, such as info, or a level with its text: {info: text}")
    if level not in (*_LEVELS, "any"):
        raise value.error(f"unknown log level {quoted(level)}; {meant_or_known(level, (*_LEVELS, 'any'))}")
    wanted = None if details is None else _LogText(text_matcher(details))
    return Expected(level, value.line, lambda head: level in (head, "any"), wanted)


def _named_events(evidence: Evidence) -> Iterator[Fact]:
    for event in evidence.effects:
        if isinstance(event, NamedEvent) and event.source == "script":
            yield Fact(event.name, event.fields, partial(_head_and_details, event.name, event.fields))


def _named_event(value: Value) -> Expected:
    name, details = head_and_details(value, "a name, or a name with its fields: {name: {field: value}}")
    if details is not None and not isinstance(details.node, MappingNode):
        raise details.expected("a mapping of its fields")
    return Expected(name, value.line, name.__eq__, None if details is None else matcher(details))


def _metadata_changes(evidence: Evidence) -> Iterator[Fact]:
    for change in evidence.effects:
        if isinstance(change, Metadata) and change.operation in ("set", "unset"):
            details = _told(change, "mailbox", "key", "value", "error")
            yield Fact(change.operation, details, partial(_head_and_details, change.operation, details))


def _metadata_change(value: Value) -> Expected:
    operation, details = head_and_details(value, "set or unset, such as {set: {key: vendor/x, value: 1}}")
    if operation not in ("set", "unset"):
        raise value.error(f"a change of metadata is set or unset, found {quoted(operation)}")
    table = dict.fromkeys(("mailbox", "key", "value", "error"), text_matcher)
    wanted = None if details is None else Fields(record(details, table, where=f"in {operation}"))
    return Expected(operation, value.line, operation.__eq__, wanted)


def _errors(evidence: Evidence) -> Iterator[Fact]:
    for effect in evidence.effects:
        if isinstance(effect, Log) and effect.failure is not None:
            named = ("message", "function", "file", "line", "limit")
            yield _error_fact(_told(effect.failure, *named))
        elif isinstance(effect, ProcessKilled):
            yield _error_fact({"message": effect.reason, **_told(effect, "function", "file", "line")})


def _error_fact(details: Mapping[str, Any]) -> Fact:
    place = f" (line {details['line']})" if "line" in details else ""
    return Fact("error", details, lambda: shown(details["message"]) + place)


def _error(value: Value) -> Expected:
    if isinstance(value.node, ScalarNode):
        message = text_matcher(value)
        return Expected("an error", value.line, "error".__eq__, Fields({"message": message}))
    table = {**dict.fromkeys(("message", "function", "file", "limit"), text_matcher), "line": matcher}
    found = Fields(record(value, table, where="in an error"))
    return Expected("an error", value.line, "error".__eq__, found)


ASPECTS: Mapping[str, Aspect] = {
    "handlers": Aspect(_handlers, _function([*_HANDLERS.values()], "event")),
    "calls": Aspect(_calls, _function([*_FUNCTIONS], "function")),
    "logs": Aspect(_logs, _log),
    "events": Aspect(_named_events, _named_event),
    "requests": Aspect(request_aspect.requests, request_aspect.request),
    "metadata": Aspect(_metadata_changes, _metadata_change),
    "errors": Aspect(_errors, _error),
}
"""The keys under ``then`` that are lists of what happened."""
