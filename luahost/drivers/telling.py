"""
What is told of the calls that the Lua driver makes: an effect for each, and with debugging on, what Dovecot
logs of it and tells its statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from luahost.dialects import Dialect
from luahost.drivers.crossing import Crossing
from luahost.drivers.event_table import EventTable
from luahost.drivers.handlers import BEGIN, END, PREFIX
from luahost.effects import Call, Effect, Effects, Log, NamedEvent, Value
from luahost.events import Event, MessageEvent


class FunctionCall(NamedTuple):
    """
    One call of a function of the script.

    Attributes:
        function: Its name.

        counts: How many values it takes and gives, as Dovecot says it.

        effect: What is told of it.

        event: What a handler is called for, None for the other functions.
    """

    function: str
    counts: str
    effect: Call
    event: Event | None = None

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

    def __init__(self, effects: Effects, dialect: Dialect, username: str, *, debug: bool) -> None:
        self.effects = effects
        self.dialect = dialect
        self.username = username
        self.debugging = debug

    def finished(self, function: str, event: Event | None = None, *, error: str | None = None) -> None:
        """
        What Dovecot tells its statistics of a call, before it logs the same.
        """
        if not self.debugging:
            return
        fields: dict[str, Value] = {"function_name": function}
        if event is not None:
            fields |= {"event_name": event.name, "mailbox": event.mailbox}
        if isinstance(event, MessageEvent):
            fields["uid"] = event.uid
        if error is not None:
            fields["error"] = error
        self.effects.add(
            NamedEvent(name="push_notification_lua_call_finished", fields=fields, source="driver")
        )

    def debug(self, words: str) -> None:
        """
        A debug line.
        """
        if self.debugging:
            self.effects.add(_line(words))

    def before(self, call: FunctionCall, words: Sequence[str] = ()) -> list[Effect]:
        """
        What is told before a call, once these words have been said with debugging on.
        """
        if not self.debugging:
            return [call.effect]
        return [*map(_line, (*words, call.calling)), call.effect]


class Told:
    """
    Effects that are there, by their numbers from 1.
    """

    def __init__(self, effects: Sequence[Effect]) -> None:
        self._effects = effects

    def effect(self, number: int) -> Effect:
        """
        The effect with this number.
        """
        return self._effects[number - 1]

    def called(self, first: int, last: int) -> None:
        """
        There are others among them.
        """


class Batch:
    """
    Calls that Lua makes one after the other, and how far it is: ``begin_txn``, handlers, ``end_txn``. They
    have numbers from 1.

    Args:
        words: What is said before ``begin_txn`` with debugging on; None if that is not called.

        crossing: The events that handlers are called for.

        success: What ``end_txn`` gets; None if that is not called.

        has_begun: Called when ``begin_txn`` has returned.
    """

    __slots__ = ("_begins", "_events", "_has_begun", "_latest", "_missing", "_success", "_telling")

    def __init__(
        self,
        telling: Telling,
        words: Sequence[str] | None,
        crossing: Crossing,
        success: bool | None,
        has_begun: Callable[[], None] | None,
    ) -> None:
        self._telling = telling
        self._begins = words is not None
        self._events = crossing.events
        self._success = success
        self._missing = crossing.missing
        self._has_begun = has_begun
        self._latest = 1
        if telling.debugging:
            told = telling.before(self.call(1), words or ())
            telling.effects.hold(Told(told), 1, len(told))
        else:
            telling.effects.hold(self, 1, 1)

    def __len__(self) -> int:
        return self._begins + len(self._events) + (self._success is not None)

    @property
    def current(self) -> FunctionCall:
        """
        The call that was begun last, as far as is known.
        """
        return self.call(self._latest)

    def call(self, number: int) -> FunctionCall:
        """
        The call with this number.
        """
        effect, place = self.effect(number), number - self._begins
        counts = "1, 1" if place == 0 else "2, 0"
        event = self._events[place - 1] if 0 < place <= len(self._events) else None
        return FunctionCall(effect.function, counts, effect, event)

    def effect(self, number: int) -> Call:
        """
        What is told of it.
        """
        place = number - self._begins
        if place == 0:
            return Call(function=BEGIN, user=self._telling.username)
        if place > len(self._events):
            return Call(function=END, success=self._success)
        event, telling = self._events[place - 1], self._telling
        seen = EventTable(event, telling.dialect, self._missing, telling.username)
        return Call(function=event.handler, event=seen)

    def called(self, first: int, last: int) -> list[str]:
        """
        The functions that the calls with these numbers are calls of.
        """
        begins, events = self._begins, self._events
        names = [event.handler for event in events[max(first - 1 - begins, 0) : max(last - begins, 0)]]
        if begins and first == 1:
            names.insert(0, BEGIN)
        if last - begins > len(events):
            names.append(END)
        return names

    def begin_is_over(self) -> None:
        """
        ``begin_txn`` has returned, if it was called.
        """
        if self._has_begun is not None:
            self._has_begun()
            self._has_begun = None

    def go_on(self, count: float) -> None:
        """
        All went well with the current one and those after it, and Lua is this many further on.
        """
        self.reach(self._latest + int(count))

    def reach(self, number: int) -> None:
        """
        All went well with those before this one, and it was begun.
        """
        if number == self._latest:
            return
        if self._has_begun is not None:
            self.begin_is_over()
        telling = self._telling
        if not telling.debugging:
            telling.effects.add_later(self, self._latest + 1, number)
            self._latest = number
        while self._latest < number:
            self._called()
            self._latest += 1
            for effect in telling.before(self.current):
                telling.effects.add(effect)

    def returned(self, number: int) -> None:
        """
        The call with this number has returned.
        """
        if number > self._latest:
            self.reach(number)
        if self._has_begun is not None:
            self.begin_is_over()
        self._telling.effects.tell_held()
        if self._telling.debugging:
            self._called()

    def drop(self) -> None:
        """
        The first was not called after all, unless more was told.
        """
        self._telling.effects.drop_held()

    def _called(self) -> None:
        """
        The current one has returned.
        """
        self._telling.effects.tell_held()
        call = self.current
        self._telling.finished(call.function, call.event)
        self._telling.debug(f"Called {call.function}")


def _line(words: str) -> Log:
    return Log(level="debug", text=PREFIX + words, prefix=PREFIX, source="driver")
