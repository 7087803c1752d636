"""
Effects as documents: ``[kind, attributes that are not as by default]``.

``luahost.effects.to_json`` is for people and their programs, and cannot be read back exactly; this can.
Of the calls of scripts' functions the server wants to know only how many there were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost.dataclass import MISSING, fields
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
from luahost.runtime.codec import FrameError
from luahost.server.worker.frames import binary, of_binary

_KINDS: Mapping[str, type[Effect]] = {
    kind.kind: kind for kind in (Http, Log, MailboxCall, Metadata, NamedEvent, Print, ProcessKilled)
}

SEEN = "seen"
"""Stands for the effect of the last exchange, if that went well: the server has seen it."""

Calls = Mapping[tuple[str, str], int]
"""How often functions were called, by driver ("" where there is one only) and name."""

_ABSENT = object()

_PLAIN = frozenset({str, int, float, bool, type(None)})


def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    """
    Attributes of a kind, with what they are by default.
    """
    found = []
    for each in fields(kind):
        default = each.default
        if default is MISSING:
            default = each.default_factory() if each.default_factory is not MISSING else _ABSENT
        found.append((each.name, default))
    return tuple(found)


_DEFAULTS = {name: _defaults(kind) for name, kind in _KINDS.items()}
_NAMES = {name: {attribute for attribute, _ in found} for name, found in _DEFAULTS.items()}
_UNSEEN = frozenset({"headers", "response_headers", "response_body"})
_SEEN = [each for each in _DEFAULTS[Http.kind] if each[0] not in _UNSEEN]
_FAILURE = _defaults(Failure)
_BYTES = {"body", "response_body"}


def effect_document(effect: Effect) -> list[Any]:
    """
    An effect. Of an exchange that went well there is only what tells it from others: the server has seen it.
    """
    found: dict[str, Any] = {}
    seen = isinstance(effect, Http) and (effect.status or 0) // 100 == 2 and effect.error is None
    for name, default in _SEEN if seen else _DEFAULTS[effect.kind]:
        value = getattr(effect, name)
        if value is default or value == default:
            continue
        if type(value) in _PLAIN:
            found[name] = value
        elif type(value) is bytes and name in _BYTES:
            found[name] = binary(value)
        elif isinstance(value, Failure):
            found[name] = {each: getattr(value, each) for each, _ in _FAILURE}
        else:
            found[name] = _written(value)
    return [effect.kind, found]


def _written(value: Any) -> Any:
    """
    A value of a script's; only what is in an object of its own can be taken for something else.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, bytes):
        return {"bytes": binary(value)}
    if isinstance(value, Mapping):
        return {"map": {key: _written(item) for key, item in value.items()}}
    return [_written(item) for item in value]


def effect_of(document: Any) -> Effect:
    """
    The effect that stands so.

    Raises:
        FrameError: None does.
    """
    try:
        name, found = document
        kind = _KINDS[name]
        if not found.keys() <= _NAMES[name]:
            raise FrameError(f"a {name} with something else")
        read = {
            key: value if type(value) in _PLAIN and key not in _READ else _READ.get(key, _value)(value)
            for key, value in found.items()
        }
        return kind(**read)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as problem:
        raise FrameError(f"no effect: {problem}") from None


def calls_document(calls: Calls) -> list[Any]:
    """
    Calls.
    """
    return [[driver, function, number] for (driver, function), number in calls.items()]


def calls_of(document: Any) -> Calls:
    """
    The calls that stand so.

    Raises:
        FrameError: None do.
    """
    try:
        found = {(driver, function): number for driver, function, number in document}
        if all(type(a) is type(b) is str and type(number) is int for (a, b), number in found.items()):
            return found
    except (TypeError, ValueError):
        pass
    raise FrameError("calls that are none")


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, content),) = value.items()
        if kind == "bytes":
            return of_binary(content)
        return {key: _value(item) for key, item in content.items()}
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    return value


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(text)) for key, text in value)


_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_BYTES, of_binary),
    **dict.fromkeys(("headers", "response_headers"), _pairs),
    "failure": lambda value: Failure(**value),
    "categories": tuple,
}
"""How attributes are read that are not like values of a script's."""
