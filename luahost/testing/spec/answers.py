"""
``endpoint:route`` in a spec: Lua's arguments into a route of :class:`luahost.testing.Endpoint`. The words are
those of scenarios (``docs/scenarios.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from luahost.documents.values import meant_or_known
from luahost.errors import UsageError
from luahost.testing.endpoint.answers import FAULTS, Answer, Fault
from luahost.testing.endpoint.endpoint import Endpoint

_ANSWER = ("status", "headers", "body", "json", "reason", "delay_seconds")
_FAULT = ("fault", "seconds", "to")
_ROUTE = ("answers", "times", "optional")


def add_route(endpoint: Endpoint, given: Sequence[Any]) -> None:
    """
    Give the endpoint a route.

    Args:
        endpoint: The double.

        given: Method, URL and what is said: a status, the name of a fault, or a table; nothing is 200.

    Raises:
        UsageError: It cannot have such a one.
    """
    if not 2 <= len(given) <= 3 or not all(isinstance(part, str) for part in given[:2]):
        raise UsageError(
            'endpoint:route takes a method, a URL and an answer: ("POST", "https://…", {status = 204})'
        )
    method, url = given[:2]
    said = given[2] if len(given) == 3 else 200
    own: dict[str, Any] = {}
    if isinstance(said, dict):
        said = dict(said)
        own = {name: said.pop(name) for name in ("times", "optional") if name in said}
    try:
        if isinstance(said, dict) and "answers" in said:
            replies = _answers(said)
        else:
            replies = [_reply(said, more=_ROUTE)]
        endpoint.route(method, url, answers=replies, **own)
    except (ValueError, TypeError) as error:
        raise UsageError(f"endpoint:route: {error}") from None


def fault_of(said: Any) -> Fault | None:
    """
    A fault that the endpoint is to have from now on: its name, a table, or nil for none.

    Raises:
        UsageError: There is no such fault.
    """
    if said is None:
        return None
    try:
        fault = _reply(said)
        if isinstance(fault, Fault):
            return fault
    except (ValueError, TypeError) as error:
        raise UsageError(f"endpoint.fault: {error}") from None
    raise UsageError(f"endpoint.fault is one of {', '.join(FAULTS)}, or nil for none")


def _answers(said: dict[str, Any]) -> list[Answer | Fault]:
    listed = said.pop("answers")
    if said:
        raise ValueError(f"a route has answers, or {', '.join(said)}; not both")
    if not isinstance(listed, list) or not listed:
        raise ValueError("answers is a list with at least one answer")
    return [_reply(one) for one in listed]


def _reply(said: Any, more: Sequence[str] = ()) -> Answer | Fault:
    """
    A status, the name of a fault, or a table.
    """
    if isinstance(said, int | float) and not isinstance(said, bool):
        return Answer(_status(said))
    if isinstance(said, str):
        return Fault(_fault(said))
    if said == []:
        return Answer()
    if not isinstance(said, dict):
        raise ValueError("an answer is a status, the name of a fault, or a table")
    known = (*_ANSWER, *_FAULT)
    for key in said:
        if key not in known:
            raise ValueError(f"an answer has no {key}; {meant_or_known(str(key), [*known, *more])}")
    words = {key: value for key, value in said.items() if key in _ANSWER}
    if "status" in words:
        words["status"] = _status(words["status"])
    if not isinstance(words.get("headers", {}), dict):
        words["headers"] = {}
    answer = Answer(**words)
    fault = {key: value for key, value in said.items() if key in _FAULT}
    if not fault:
        return answer
    if "fault" not in fault:
        raise ValueError(f"{', '.join(fault)} belongs to a fault; a late answer has delay_seconds")
    return Fault(_fault(fault.pop("fault")), answer=answer, **fault)


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"a status is a number such as 204, not {value!r}")
    return int(value)


def _fault(name: Any) -> str:
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; {meant_or_known(str(name), [*FAULTS])}")
    return str(name)
