"""
Calls of a script's functions for transactions, as many as can be without leaving Lua in between.

Its Lua half, ``luahost/lua/drivers/calls.lua``, makes them one after the other, and keeps contexts and
users. It stops at the first that does not go well; that is told, and the others follow.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from luahost.dialects import Dialect
from luahost.drivers.crossing import MOST_VALUES, Crossing, crossings, forms
from luahost.drivers.handlers import END, NAMES, PREFIX, UNKNOWN, functions
from luahost.drivers.script import Script
from luahost.drivers.telling import Batch, FunctionCall, Telling
from luahost.errors import ScriptError, ScriptLimitError
from luahost.runtime import script_error

NOTHING = Crossing((), (), (), 0)


class Came(enum.Enum):
    """
    What came of calls.
    """

    WELL = enum.auto()
    """All were made."""
    CHANGED = enum.auto()
    """None was: the script has other functions than was thought."""
    NOT_BEGUN = enum.auto()
    """``begin_txn`` has failed."""
    NEVER = enum.auto()
    """There was nothing to call."""


class Calls:
    """
    Of one script's functions, by one driver.

    Raises:
        ScriptLimitError: The script was stopped before.

    Attributes:
        functions: Which functions the script has, as far as is known.

        most_values: That cross at once, or little more.
    """

    def __init__(self, script: Script, telling: Telling, dialect: Dialect) -> None:
        self._script = script
        self._telling = telling
        self._with_user = dialect.event_user
        self._dialect = dialect
        self._look, self._run, self._forget = (
            script.entry(name, "drivers.calls") for name in ("functions", "run", "forget")
        )
        self._batches = script.state.batches
        self.most_values = MOST_VALUES if self._batches else 1
        self.functions = UNKNOWN

    def look(self) -> bool:
        """
        Look which functions the script has. Whether it wants to hear of anything.
        """
        self.functions = functions(int(self._look(*NAMES if self.functions is UNKNOWN else ())))
        return self.functions.registers

    def make(
        self,
        key: int,
        told: Iterable[Crossing],
        *,
        begins: bool = False,
        success: bool | None = None,
        has_begun: Callable[[], None] | None = None,
    ) -> Came:
        """
        Make the calls of a transaction, which has this key in Lua: ``begin_txn`` if it begins, the
        handlers of what it is told, and ``end_txn`` if there is a ``success``. ``has_begun`` is called when
        ``begin_txn`` has returned.
        """
        if not self._batches:
            told = (*[NOTHING] * begins, *told, *[NOTHING] * (success is not None))
        rest = iter(told)
        crossing = next(rest, NOTHING)
        while (following := next(rest, None)) is not None:
            came = self._made(key, crossing, begins, None, has_begun)
            if came is not Came.WELL:
                return came
            crossing, begins, has_begun = following, False, None
        return self._made(key, crossing, begins, success, has_begun)

    def _made(
        self,
        key: int,
        crossing: Crossing,
        begins: bool,
        success: bool | None,
        has_begun: Callable[[], None] | None,
    ) -> Came:
        missing = crossing.missing
        while begins or crossing.events or success is not None:
            words = self.functions.found if begins else None
            batch = Batch(self._telling, words, crossing, success, has_begun)
            answer = self._entered(batch, key, crossing, begins, success)
            if answer is None:
                batch.returned(len(batch))
                if success is not None:
                    self._script.state.meter.forget(key)
                return Came.WELL
            number, what = int(answer[0]), answer[1:]
            if number == 0:
                batch.drop()
                self.functions = functions(int(what[0]))
                return Came.CHANGED
            self._came(batch, number, what)
            if begins and number == 1 and what[0] is not True:
                return Came.NOT_BEGUN
            batch.begin_is_over()
            if number == len(batch):
                break
            rest = crossing.events[number - begins :]
            # All of it crosses, as more than it has crossed before.
            crossing = next(iter(crossings(rest, forms(self._dialect, missing), sys.maxsize)), NOTHING)
            begins, has_begun = False, None
        if success is not None:
            self._forget(key)
            self._script.state.meter.forget(key)
        return Came.WELL

    def _came(self, batch: Batch, number: int, what: Sequence[Any]) -> None:
        """
        The call with this number has come to something that is to be told.
        """
        if what[0] is False:
            self._missing(batch, number)
        elif what[0] is True:
            batch.returned(number)
        else:
            batch.reach(number)
            self._failed(batch.current, what)

    def _missing(self, batch: Batch, number: int) -> None:
        """
        There is no function for the call with this number.
        """
        call = batch.call(number)
        if number > 1:
            batch.returned(number - 1)
        batch.drop()
        if call.event is None:
            self.error(f"Missing function {END}")
            self._telling.finished(END)
            return
        self._telling.debug(call.calling)
        words = f"'{call.function}' is not a function"
        self._telling.finished(call.function, call.event, error=words)
        self.error(words)

    def _entered(self, batch: Batch, key: int, crossing: Crossing, begins: bool, success: bool | None) -> Any:
        """
        What Lua answers.
        """
        script = self._script
        meter = script.state.meter
        before, meter.transaction = meter.transaction, key
        outer, script.calling = script.calling, batch
        crossing_before, script.crossing = script.crossing, crossing
        try:
            return self._run(
                key,
                self.functions.known if begins else None,
                self._with_user,
                success is not None,
                success,
                len(crossing.events),
                crossing.heads[0].number if len(crossing.heads) == 1 else None,
                *crossing.values,
                size=crossing.size,
            )
        except ScriptLimitError as limit:
            call = batch.current
            self._telling.finished(call.function, call.event, error=call.failed + limit.text)
            script.tell(limit, call.function, call.failed)
            raise
        finally:
            meter.transaction, script.calling, script.crossing = before, outer, crossing_before

    def _failed(self, call: FunctionCall, failure: Any) -> None:
        """
        The function has raised.
        """
        self._telling.effects.tell_held()
        error = script_error(failure if isinstance(failure, tuple | list) else (failure,))
        words = call.failed + error.text
        self._telling.finished(call.function, call.event, error=words)
        self._script.failed(words, error, call.function, prefix=PREFIX)

    def error(self, words: str) -> None:
        """
        Log that something is wrong with the script.
        """
        path = self._script.path
        self._script.failed(words, ScriptError(f"{path}: {words}", file=path), prefix=PREFIX)
