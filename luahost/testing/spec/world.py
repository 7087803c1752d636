"""
What a spec looks at and prepares: the host functions behind ``push``, ``endpoint`` and ``clock`` in Lua; the
Python half of ``lua/testing/world.lua``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass, fields
from luahost.documents.values import meant_or_known
from luahost.effects import Effect
from luahost.errors import UsageError
from luahost.runtime import LuaFault, Plain, text
from luahost.testing.clock import ManualClock
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.endpoint.received import Request
from luahost.testing.expected_errors import ScriptError
from luahost.testing.happenings import Happenings
from luahost.testing.push import Push
from luahost.testing.spec.acts import ACTS, act
from luahost.testing.spec.answers import add_route, fault_of
from luahost.testing.spec.values import flat, values

MOST_AT_ONCE = 2000
"""Values that one call brings over: LuaJIT has no room for many more."""

OF_HAPPENINGS = (
    "effects",
    "calls",
    "events",
    "logs",
    "named_events",
    "requests",
    "metadata",
    "mailbox_calls",
    "mailboxes_open",
    "printed",
    "errors",
    "kills",
)
"""What there is to see of ``push`` and of ``push.last``, by the names that :class:`Happenings` has."""

OF_EFFECTS = ("effects", "logs", "named_events", "requests", "metadata", "mailbox_calls", "kills")
"""Of these, lists of effects; their fields are those of ``luahost run --json``."""

OF_PUSH = ("script", "user", "timeline")

OF_LUA = ("last", "expect_error")
"""What world.lua has of ``push`` by itself."""

OF_ENDPOINT = ("requests", "unexpected", "unused", "faults", "fault", "strict")

METHODS_OF_ENDPOINT = ("route", "forget", "verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    What ``push`` has done.

    Attributes:
        name: Its method.

        line: Where that stands in the spec, None if Lua does not know.

        effects: The numbers of the effects that came of it.

        unexpected: The numbers of the endpoint's unexpected requests that came of it.
    """

    name: str
    line: int | None
    effects: range
    unexpected: range


class World:
    """
    The host functions for one test.

    Args:
        push: The session.

        endpoint: What answers its requests.

        clock: Its clock.

    Attributes:
        route_lines: Where in the spec the endpoint's routes were made, in their order.

        acts: What ``push`` has done, in order.
    """

    def __init__(self, push: Push, endpoint: Endpoint, clock: ManualClock) -> None:
        self._push = push
        self._endpoint = endpoint
        self._clock = clock
        self._rest: list[Plain] = []
        self._taken: Sequence[ScriptError] = ()
        self.route_lines: list[int | None] = []
        self.acts: list[Act] = []

    def functions(self) -> dict[str, Callable[..., Any]]:
        """
        What world.lua calls.
        """
        return {
            "act": self._act,
            "look": self._look,
            "more": self._more,
            "mark": lambda: len(self._push.effects),
            "take_errors": self._take_errors,
            "endpoint": self._endpoint_method,
            "verify": self._verify,
            "clock": self._clock_method,
        }

    def act(self, name: bytes, line: int | None, given: Sequence[Plain]) -> bytes | None:
        """
        Let ``push`` do something that stands in this line: None if that went well, or what is wrong.
        """
        effects, unexpected = len(self._push.effects), len(self._endpoint.unexpected)
        try:
            act(self._push, text(name), values(given))
        except UsageError as error:
            return crossing(error)
        finally:
            self.acts.append(
                Act(
                    name=text(name),
                    line=line,
                    effects=range(effects, len(self._push.effects)),
                    unexpected=range(unexpected, len(self._endpoint.unexpected)),
                )
            )
        return None

    def _act(self, name: bytes, line: int | None, *given: Plain) -> None:
        wrong = self.act(name, line, given)
        if wrong is not None:
            raise LuaFault(text(wrong))

    def _look(self, view: bytes, name: bytes) -> tuple[Plain, ...]:
        self._rest = flat(self._seen(text(view), text(name)))
        return self._more()

    def _more(self) -> tuple[Plain, ...]:
        """
        The next part of what is looked at; first whether there is more.
        """
        part, self._rest = self._rest[:MOST_AT_ONCE], self._rest[MOST_AT_ONCE:]
        return bool(self._rest), *part

    def _seen(self, view: str, name: str) -> Any:
        if view == "taken":
            return [_error(error) for error in self._taken]
        if view == "endpoint":
            return self._seen_of_endpoint(name)
        if view == "push" and name in OF_PUSH:
            if name == "user":
                return self._push.session.user.username
            return getattr(self._push, name)
        if name in OF_HAPPENINGS:
            return _seen_of(self._push if view == "push" else self._push.last, name)
        known = [*OF_HAPPENINGS, *((*OF_PUSH, *ACTS, *OF_LUA) if view == "push" else ())]
        whose = "push" if view == "push" else "push.last"
        raise LuaFault(f"{whose} has no {name}; {meant_or_known(name, known)}")

    def _seen_of_endpoint(self, name: str) -> Any:
        if name not in OF_ENDPOINT:
            known = [*OF_ENDPOINT, *METHODS_OF_ENDPOINT]
            raise LuaFault(f"endpoint has no {name}; {meant_or_known(name, known)}")
        found = getattr(self._endpoint, name)
        if name in ("requests", "unexpected"):
            return [_request(request) for request in found]
        if name == "fault":
            return None if found is None else found.name
        return [str(route) for route in found] if name == "unused" else found

    def _take_errors(self, start: int, wanted: bytes) -> bytes | None:
        """
        Take errors of the script for expected ones; None, or a complaint if there are none.
        """
        try:
            self._taken = self._push.take_errors(start, text(wanted))
        except AssertionError as error:
            self._taken = ()
            return crossing(error)
        return None

    def _endpoint_method(self, method: bytes, line: int | None, *given: Plain) -> None:
        name, arguments = text(method), values(given)
        try:
            if name == "route":
                add_route(self._endpoint, arguments)
                self.route_lines.append(line)
            elif name == "forget":
                self._endpoint.forget()
            else:
                self._set_of_endpoint(*arguments)
        except UsageError as error:
            raise LuaFault(str(error)) from None

    def _set_of_endpoint(self, name: str, value: Any) -> None:
        if name == "fault":
            self._endpoint.fault = fault_of(value)
        elif name == "strict" and isinstance(value, bool):
            self._endpoint.strict = value
        else:
            raise UsageError("of endpoint, fault can be set, and strict, to true or false")

    def _verify(self) -> bytes | None:
        try:
            self._endpoint.verify()
        except AssertionError as error:
            return crossing(error)
        return None

    def _clock_method(self, method: bytes, *given: Plain) -> float | None:
        name, arguments = text(method), values(given)
        if name in ("advance", "sleep"):
            seconds = arguments[0] if len(arguments) == 1 else None
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e12:
                raise LuaFault(f"clock:{name} takes a number of seconds, 0 or more")
            getattr(self._clock, name)(seconds)
            return None
        if name == "waited":
            return self._clock.waited
        seen: float = getattr(self._clock, name)()
        return seen


def crossing(error: Exception) -> bytes:
    """
    An error's words as they cross.
    """
    return str(error).encode("utf-8", "surrogateescape")


def _seen_of(happenings: Happenings, name: str) -> Any:
    found = getattr(happenings, name)
    if name in OF_EFFECTS:
        return [_effect(effect) for effect in found]
    return [_error(error) for error in found] if name == "errors" else found


def _effect(effect: Effect) -> Mapping[str, Any]:
    """
    An effect under the names that ``--json`` has; bytes are bytes to Lua.
    """
    return {"effect": effect.kind, **{field.name: getattr(effect, field.name) for field in fields(effect)}}


def _error(error: ScriptError) -> Mapping[str, Any]:
    """
    An error of the script: an effect's failure, or what would have killed Dovecot's process.
    """
    if hasattr(error, "reason"):
        return {"message": error.reason, "file": error.file, "line": error.line, "killed": True}
    return {
        "function": error.function,
        "message": error.message,
        "file": error.file,
        "line": error.line,
        "traceback": error.traceback,
        "limit": error.limit,
    }


def _request(request: Request) -> Mapping[str, Any]:
    """
    A request as the endpoint has received it.
    """
    try:
        json = request.json
    except ValueError:
        json = None
    return {
        "method": request.method,
        "url": request.url,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "body": request.body,
        "form": request.form,
        "json": json,
        "time": request.time,
    }
