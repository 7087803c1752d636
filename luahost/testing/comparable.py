"""
Effects in the form in which two scripts' are compared: without what differs though the scripts do the same.

That is how long something took, times of the run's clock, addresses of Lua's objects, UUIDs, process IDs, and
where in its file a script stands when it fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from luahost import patterns
from luahost.dataclass import fields, replace
from luahost.effects import Effect, Failure, Http, Log, Print, ProcessKilled
from luahost.message.dates import written_date

SCRIPT = "SCRIPT"
"""Stands for the script's path, and for its line where there is one."""

TIME = "TIME"

_OBJECT = patterns.compile(r"\b((?:table|function|thread|userdata): )0x[0-9a-f]+")
_UUID = patterns.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_NUMBER = patterns.compile(r"(?<![\w.])[0-9]{10,19}(?:\.[0-9]+)?(?![\w.])")
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?(?:Z|GMT|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:[A-Z][a-z]{2}, )?[0-9]{2} [A-Z][a-z]{2} [0-9]{4}"
_DATE = patterns.compile(rf"({_DAY})[T ]{_CLOCK}")
_DURATION = patterns.compile(r"\b[0-9]+\.[0-9]{3}(?= (?:secs|in)\b)")
_PROCESS = patterns.compile(r"<[0-9]+>|\([0-9]+\)")
_TRACEBACK = "\nstack traceback:"

_UNITS = (1, 10**3, 10**6, 10**9)
"""Seconds, milliseconds, microseconds, nanoseconds: in which of them a number says a time."""


class Comparable:
    """
    Makes effects comparable.

    Args:
        script: The path of the script that had them.

        began: When its run began by its clock, in seconds since 1970.

        ended: When it ended.
    """

    def __init__(self, script: str, began: float, ended: float) -> None:
        names = "|".join(re.escape(name) for name in (script, os.path.basename(script)))
        self._place = re.compile(rf"(?<![\w./-])(?:{names})(?::[0-9]+)?(?![\w/-])")
        self._began, self._ended = int(began), int(ended) + 1
        self._dates = {*_dates(self._began), *_dates(self._ended)}

    def effects(self, effects: Iterable[Effect]) -> list[Effect]:
        """
        Effects as they are compared. What ``print`` prints is not: Dovecot throws it away.
        """
        return [self._effect(effect) for effect in effects if not isinstance(effect, Print)]

    def _effect(self, effect: Effect) -> Effect:
        found = {each.name: self._value(getattr(effect, each.name)) for each in fields(effect)}
        changed = replace(effect, **found)
        match changed:
            case Http():
                return replace(changed, seconds=0.0)
            case Log():
                process = None if changed.process is None else _PROCESS.sub("<PID>", changed.process, count=1)
                return replace(changed, text=changed.text.split(_TRACEBACK)[0], process=process)
            case ProcessKilled():
                return replace(changed, line=None, process=None)
        return changed

    def _value(self, value: Any) -> Any:
        change = self._changes.get(type(value))
        return value if change is None else change(self, value)

    def _text(self, text: str) -> str:
        text = self._place.sub(SCRIPT, text)
        text = _OBJECT.sub(r"\g<1>0x…", _UUID.sub("UUID", text))
        text = _NUMBER.sub(lambda found: TIME if self._is_now(float(found[0])) else found[0], text)
        text = _DATE.sub(lambda found: TIME if found[1] in self._dates else found[0], text)
        return _DURATION.sub(TIME, text)

    def _bytes(self, value: bytes) -> bytes:
        return self._text(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _number(self, value: float) -> Any:
        return TIME if self._is_now(value) else value

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._value(item) for key, item in value.items()}

    def _several(self, value: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(self._value(item) for item in value)

    def _failure(self, failure: Failure) -> Failure:
        message = self._text(failure.message)
        return replace(failure, message=message, file=None, line=None, traceback=None, source=None)

    def _is_now(self, number: float) -> bool:
        return any(self._began * unit <= number <= self._ended * unit for unit in _UNITS)

    _changes: Mapping[type, Callable[[Comparable, Any], Any]] = {
        str: _text,
        bytes: _bytes,
        int: _number,
        float: _number,
        dict: _mapping,
        list: _several,
        tuple: _several,
        Failure: _failure,
    }


def _dates(seconds: int) -> tuple[str, ...]:
    """
    The day in UTC, as ISO 8601 and as HTTP write it.
    """
    days = written_date(seconds, "GMT")[: len("Wed, 01 Jan 2020")]
    return datetime.fromtimestamp(seconds, UTC).date().isoformat(), days, days[len("Wed, ") :]
