"""
The Lua driver: a script's functions, called as Dovecot calls them.

One state for each driver of each session, loaded when it opens; which file that is, the plugin setting, the
entry or the mail-lua plugin says. Every error of the script becomes the line that
Dovecot logs, and the mail operation goes on: a failed load or ``script_init`` switches the driver off
for the session, a failed ``begin_txn`` for the transaction, a failed handler nothing.

A script that used more than it may is stopped, which Dovecot does not know. The driver then is of no more
use; what follows is in ``stoppable.py``.

Its Lua half, ``luahost/lua/drivers/lua.lua``, keeps contexts and users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.event_table import crossing, event_table
from luahost.drivers.handlers import BEGIN, NAMES, UNKNOWN, functions
from luahost.drivers.records import Changed, Record
from luahost.drivers.script import Script, StartError, failure_of
from luahost.drivers.telling import PREFIX, Batch, FunctionCall, Telling, crossed
from luahost.effects import Call, Log
from luahost.errors import ScriptError, ScriptLimitError, ScriptLoadError
from luahost.runtime import Plain, script_error

END = "dovecot_lua_notify_end_txn"

SCRIPT_FILE = "push_notification_lua_script_file"
"""The plugin setting that wins over an entry's own file."""

MOST_VALUES = 1000
"""That cross at once, or little more: Lua's stack has an end."""

_KEYS = count(1)
# Two drivers may share a script, so a context's key in Lua is not its transaction's number.


class LuaDriver(Driver):
    """
    The driver for one entry of the list.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._entry = entry
        self._context = context
        self._username = context.username
        self._dialect = context.dialect
        self._effects = context.effects
        self._telling = Telling(context.effects, debug=context.debug)
        self._script: Script
        self._shared = False
        self._entries: dict[str, Callable[..., Any]] = {}
        self._keys: dict[int, int] = {}
        self._functions = UNKNOWN

    def open(self) -> bool:
        """
        Load the script and call ``script_init``; or take that of the mail-lua plugin as it is.
        """
        path = self._path()
        script = self._context.mail_lua_script() if path is None else self._started(path)
        if script is None:
            if path is None:
                self._cannot_start(self._dialect.no_script)
            return False
        if script.state.stopped is not None:
            # The mail-lua plugin's, which loads it once.
            return False
        self._script, self._shared = script, path is None
        try:
            self._entries = {name: script.entry(name) for name in ("begin", "run", "forget")}
        except ScriptLimitError as error:
            script.tell(error)
            return False
        return True

    def _path(self) -> str | None:
        """
        Which file: the plugin setting's, if the dialect has that and it is set, or the entry's.
        """
        if self._dialect.script_file_setting and not self._entry.only_file:
            return self._context.settings.get(SCRIPT_FILE, self._entry.file)
        return self._entry.file

    def _started(self, path: str) -> Script | None:
        if self._dialect.scripts_checked_at_start and path.startswith("inline:"):
            self._cannot_start("Lua doesn't support inline content for lua_file")
            return None
        if self._dialect.loading_line:
            self._telling.debug(f"Loading {path}")
        own = self._entry.lua_settings
        script = Script(
            path,
            self._context.new_state(path),
            prefix=PREFIX,
            settings=self._context.settings if own is None else own,
            dialect=self._dialect,
            effects=self._effects,
        )
        try:
            script.parse()
            self._telling.debug("Calling script_init")
            script.init()
        except StartError as error:
            self.missing = isinstance(error.error, ScriptLoadError) and error.error.step == "access"
            # What fails to start is called as configuration calls it.
            words = f"{self._entry.name}: {error.words}"
            script.failed(words, error.error, error.function, prefix="")
            return None
        return script

    def _cannot_start(self, words: str) -> None:
        failure = failure_of(ScriptError(words))
        text = f"{self._entry.name}: {words}"
        self._effects.add(Log(level="error", text=text, source="driver", failure=failure))

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        """
        Call ``begin_txn``, if the script has it and any handler.
        """
        key = next(_KEYS)
        call = FunctionCall(BEGIN, "1, 1", Call(function=BEGIN, user=self._username))
        answer = self._begun(key, call)
        while isinstance(answer, int | float):
            # The script has not been called, for it has other functions than was thought.
            self._effects.drop_held()
            self._functions = functions(int(answer))
            answer = self._begun(key, call)
        found = self._functions
        if not found.begins:
            words = f"Missing function {BEGIN}"
            self._telling.finished(BEGIN, error=words)
            self._error(words)
            return None
        if not found.handled:
            self._telling.finished(BEGIN)
            self._telling.debug("No event handlers found in script")
            return None
        self._keys[transaction] = key
        if answer is not None:
            self._failed(call, answer)
            return Registration(events=found.handled, takes_part=False)
        self._telling.called(call)
        return found.registration

    def _begun(self, key: int, call: FunctionCall) -> Any:
        """
        Call ``begin_txn`` if it is there and a handler is: None if that went well. Nothing is called if other
        functions are there than those that are known; then they are the answer.
        """
        known = self._functions
        if known.begins and known.handled:
            self._telling.hold(call, *known.found)
        names: Sequence[Plain] = NAMES if known is UNKNOWN else ()
        return self._entered(self._batch([call]), "begin", key, known.known, *names)

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Call a handler for each record. One that the script lacks is an error: another driver registered
        the event, or the script had the handler when the transaction began.
        """
        key = self._keys[transaction]
        for calls in self._batches(records):
            self._made(key, calls)

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Call ``end_txn`` and let the context go.
        """
        self._end(transaction, [], success=success)

    def conclude(
        self, transaction: int, told: Iterable[tuple[Changed, Sequence[Record]]], *, success: bool
    ) -> None:
        """
        Call the handlers and then ``end_txn``.
        """
        key = self._keys[transaction]
        last: list[FunctionCall] = []
        for calls in self._batches(record for _, records in told for record in records):
            if last:
                self._made(key, last)
            last = calls
        self._end(transaction, last, success=success)

    def _end(self, transaction: int, calls: list[FunctionCall], *, success: bool) -> None:
        key = self._keys[transaction]
        end = FunctionCall(END, "2, 0", Call(function=END, success=success))
        if calls and not self._script.state.batches:
            self._made(key, calls)
            calls = []
        if not self._made(key, [*calls, end], success=success):
            self._entries["forget"](key)
        del self._keys[transaction]
        self._script.state.meter.forget(key)

    def _batches(self, records: Iterable[Record]) -> Iterator[list[FunctionCall]]:
        """
        The calls of handlers for these records, as many at once as can be made.
        """
        calls: list[FunctionCall] = []
        values = 0
        for record in records:
            calls.append(self._call(record))
            values += len(calls[-1].values)
            if values >= MOST_VALUES or not self._script.state.batches:
                yield calls
                calls, values = [], 0
        if calls:
            yield calls

    def _call(self, record: Record) -> FunctionCall:
        event = record.event
        table = event_table(event, self._dialect)
        for name in record.missing:
            table.pop(name, None)
        shape, values = crossing(table, self._dialect)
        seen = table | {"user": {"mail_user": self._username}} if self._dialect.event_user else table
        return FunctionCall(
            event.handler, "2, 0", Call(function=event.handler, event=seen), event, shape, values
        )

    def _made(self, key: int, calls: list[FunctionCall], *, success: bool | None = None) -> bool:
        """
        Make these calls, the last of which is that of ``end_txn`` if there is a ``success``. Whether the
        transaction has been forgotten.
        """
        with_user = self._dialect.event_user
        ends = success is not None
        while calls:
            self._telling.hold(calls[0])
            values = crossed(calls[:-1] if ends else calls)
            batch = self._batch(calls)
            answer = self._entered(batch, "run", key, with_user, len(calls) - ends, ends, success, *values)
            if answer is None:
                batch.reach(len(calls))
                self._telling.called(batch.current)
                return ends
            number, *what = answer
            done = int(number)
            if what[0] is False:
                self._missing(batch, calls, done)
            else:
                batch.reach(done)
                if what[0] is True:
                    self._telling.called(batch.current)
                else:
                    self._failed(batch.current, what)
            calls = calls[done:]
        return False

    def _batch(self, calls: Sequence[FunctionCall]) -> Batch:
        return Batch(calls, self._telling, self._script.state.meter)

    def _missing(self, batch: Batch, calls: list[FunctionCall], number: int) -> None:
        """
        There is no function for the call with this number.
        """
        call = calls[number - 1]
        if number > 1:
            batch.reach(number - 1)
            self._telling.called(batch.current)
        self._effects.drop_held()
        if call.event is None:
            self._error(f"Missing function {END}")
            self._telling.finished(END)
            return
        self._telling.debug(call.calling)
        words = f"'{call.function}' is not a function"
        self._telling.finished(call.function, call.event, error=words)
        self._error(words)

    def kills(self) -> bool:
        """
        Whether the script holds a user or an open mailbox, so that Dovecot dies.
        """
        return not self._shared and self._script.kills()

    def close(self) -> None:
        """
        Let the script go, unless it is the mail-lua plugin's.
        """
        if not self._shared:
            self._script.deinit()

    def _entered(self, batch: Batch, entry: str, key: int, *more: Plain) -> Any:
        """
        What an entry of the Lua half answers that makes these calls, for the transaction with this key.
        """
        script = self._script
        meter = script.state.meter
        before, meter.transaction = meter.transaction, key
        outer, script.next_calls = script.next_calls, batch.next_calls
        try:
            return self._entries[entry](key, *more)
        except ScriptLimitError as limit:
            call = batch.current
            self._telling.finished(call.function, call.event, error=call.failed + limit.text)
            script.tell(limit, call.function, call.failed)
            raise
        finally:
            meter.transaction, script.next_calls = before, outer

    def _failed(self, call: FunctionCall, failure: Any) -> None:
        """
        The function has raised.
        """
        self._effects.tell_held()
        error = script_error(failure if isinstance(failure, tuple | list) else (failure,))
        words = call.failed + error.text
        self._telling.finished(call.function, call.event, error=words)
        self._script.failed(words, error, call.function, prefix=PREFIX)

    def tell(self, error: ScriptLimitError) -> None:
        """
        Log that a limit has stopped the script, unless that has been told.
        """
        self._script.tell(error)

    def _error(self, words: str) -> None:
        path = self._script.path
        self._script.failed(words, ScriptError(f"{path}: {words}", file=path), prefix=PREFIX)
