"""
What is told of the calls that the Lua driver makes: an effect for each, and with debugging on, what Dovecot
logs of it and tells its statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from luahost.effects import Call, Effect, Effects, Log, NamedEvent, Value
from luahost.events import Event, MessageEvent
from luahost.runtime import Meter, Plain

PREFIX = "lua: "
"""What the driver's event puts in front of its log lines."""


class FunctionCall(NamedTuple):
    """
    One call of a function of the script.

    Attributes:
        function: Its name.

        counts: How many values it takes and gives, as Dovecot says it.

        effect: What is told of it.

        event: What a handler is called for, None for the other functions.

        shape: Of its table.

        values: What is in its table.
    """

    function: str
    counts: str
    effect: Call
    event: Event | None = None
    shape: bytes = b""
    values: Sequence[Plain] = ()

    @property
    def failed(self) -> str:
        """
        What stands in front of its error.
        """
        return f"lua_pcall({self.function}, {self.counts}) failed: "

    @property
    def calling(self) -> str:
        """
        What Dovecot says with debugging on before it.
        """
        event, user = self.event, self.effect.user
        if event is None:
            return f"Calling {self.function}" + ("" if user is None else f"({user})")
        shown = f"name={event.name},mailbox={event.mailbox}"
        if isinstance(event, MessageEvent):
            shown += f",uid={event.uid}"
        return f"Calling {self.function}(ctx, event[{shown}])"


class Telling:
    """
    What one driver tells.

    Args:
        debug: Whether debug lines are written.
    """

    def __init__(self, effects: Effects, *, debug: bool) -> None:
        self._effects = effects
        self._debug = debug

    def hold(self, call: FunctionCall, *words: str) -> None:
        """
        A call is tried, once these words have been said with debugging on; nothing is told yet.
        """
        self._effects.hold(self._before(call, *words) if self._debug else (call.effect,))

    def called(self, call: FunctionCall) -> None:
        """
        It has returned.
        """
        self._effects.tell_held()
        if self._debug:
            self.finished(call.function, call.event)
            self.debug(f"Called {call.function}")

    def going_on(self, call: FunctionCall) -> None:
        """
        A call is about to be made.
        """
        for effect in self._before(call) if self._debug else (call.effect,):
            self._effects.add(effect)

    def finished(self, function: str, event: Event | None = None, *, error: str | None = None) -> None:
        """
        What Dovecot tells its statistics of a call, before it logs the same.
        """
        if not self._debug:
            return
        fields: dict[str, Value] = {"function_name": function}
        if event is not None:
            fields |= {"event_name": event.name, "mailbox": event.mailbox}
        if isinstance(event, MessageEvent):
            fields["uid"] = event.uid
        if error is not None:
            fields["error"] = error
        self._effects.add(
            NamedEvent(name="push_notification_lua_call_finished", fields=fields, source="driver")
        )

    def debug(self, words: str) -> None:
        """
        A debug line.
        """
        if self._debug:
            self._effects.add(_line(words))

    def _before(self, call: FunctionCall, *words: str) -> list[Effect]:
        return [*map(_line, (*words, call.calling)), call.effect]


class Batch:
    """
    Calls that Lua makes one after the other, and how far it is.

    Attributes:
        current: The call that was begun last, as far as is known.
    """

    __slots__ = ("_begun", "_calls", "_meter", "_telling", "current")

    def __init__(self, calls: Sequence[FunctionCall], telling: Telling, meter: Meter) -> None:
        self._calls = calls
        self._begun = 1
        self._telling = telling
        self._meter = meter
        self.current = calls[0]

    def next_calls(self, count: int) -> None:
        """
        All went well with the current one and those after it, and it is this many further on.
        """
        self.reach(self._begun + int(count))

    def reach(self, number: int) -> None:
        """
        All went well with those before this one, from 1, and it was begun.
        """
        if number == self._begun:
            return
        self._meter.next_call()
        for call in self._calls[self._begun : number]:
            self._telling.called(self.current)
            self._telling.going_on(call)
            self.current = call
        self._begun = number


def _line(words: str) -> Log:
    return Log(level="debug", text=PREFIX + words, prefix=PREFIX, source="driver")


def crossed(calls: Sequence[FunctionCall]) -> list[Plain]:
    """
    Calls of handlers in the form in which they cross: function and shape, False if they are those of the one
    before, and values.
    """
    values: list[Plain] = []
    latest: tuple[str, bytes] | None = None
    for call in calls:
        kind = call.function, call.shape
        values += (False, False) if kind == latest else (call.function.encode(), call.shape)
        values += call.values
        latest = kind
    return values
