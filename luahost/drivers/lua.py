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

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.event_table import crossing, event_table
from luahost.drivers.handlers import BEGIN, HANDLERS, NAMES, Functions, functions, registration
from luahost.drivers.records import Changed, Record
from luahost.drivers.script import Script, StartError, failure_of
from luahost.effects import Call, Effect, Log, NamedEvent, Value
from luahost.errors import ScriptError, ScriptLimitError, ScriptLoadError
from luahost.events import Event, MessageEvent
from luahost.runtime import Plain, script_error

END = "dovecot_lua_notify_end_txn"

PREFIX = "lua: "
"""What the driver's event puts in front of its log lines."""

SCRIPT_FILE = "push_notification_lua_script_file"
"""The plugin setting that wins over an entry's own file."""

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
        self._debug_lines = context.debug
        self._script: Script
        self._shared = False
        self._entries: dict[str, Callable[..., Any]] = {}
        self._keys: dict[int, int] = {}
        self._functions: Functions | None = None

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
            self._entries = {name: script.entry(name) for name in ("begin", "event", "finish", "forget")}
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
            self._debug(f"Loading {path}")
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
            self._debug("Calling script_init")
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
        found, answered = self._tried_to_begin(key)
        if not found.begins:
            words = f"Missing function {BEGIN}"
            self._finished(BEGIN, error=words)
            self._error(words)
            return None
        if not found.handled:
            self._finished(BEGIN)
            self._debug("No event handlers found in script")
            return None
        self._keys[transaction] = key
        if not answered:
            return Registration(events=found.handled, takes_part=False)
        self._called(BEGIN)
        return registration(found.handled)

    def _tried_to_begin(self, key: int) -> tuple[Functions, bool]:
        """
        Call ``begin_txn``, if it is there and a handler is. Which functions there are, and whether none
        failed.
        """
        known = self._functions
        if known is not None and known.called:
            self._effects.hold(self._said_before_begin(known))
        names: Sequence[Plain] = NAMES if known is None else ()
        answer = self._entered(BEGIN, 1, 1, None, "begin", key, known.known if known else -1, *names)
        if isinstance(answer, int | float):
            # The script has not been called, for it has other functions than was thought.
            self._effects.drop_held()
            self._functions = functions(int(answer))
            return self._tried_to_begin(key)
        assert known is not None
        return known, self._returned(BEGIN, 1, 1, None, answer)

    def _said_before_begin(self, there: Functions) -> list[Effect]:
        call = Call(function=BEGIN, user=self._username)
        if not self._debug_lines:
            return [call]
        found = [f"Found {event.handler}, handling {event.name} event" for event in there.handled]
        return [*map(_debug_line, (*found, f"Calling {BEGIN}({self._username})")), call]

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Call a handler for each record. One that the script lacks is an error: another driver registered
        the event, or the script had the handler when the transaction began.
        """
        key = self._keys[transaction]
        for record in records:
            self._call(key, record)

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Call ``end_txn`` and let the context go.
        """
        key = self._keys[transaction]
        call = Call(function=END, success=success)
        self._effects.hold([_debug_line(f"Calling {END}"), call] if self._debug_lines else [call])
        answer = self._entered(END, 2, 0, None, "finish", key, success)
        if answer is False:
            self._effects.drop_held()
            self._error(f"Missing function {END}")
            self._finished(END)
        elif self._returned(END, 2, 0, None, None if answer is True else answer):
            self._called(END)
        if answer is not None:
            self._entries["forget"](key)
        del self._keys[transaction]
        self._script.state.meter.forget(key)

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

    def _call(self, key: int, record: Record) -> None:
        event = record.event
        table = event_table(event, self._dialect)
        for name in record.missing:
            table.pop(name, None)
        with_user = self._dialect.event_user
        seen = table | {"user": {"mail_user": self._username}} if with_user else table
        call = Call(function=event.handler, event=seen)
        self._effects.hold([_debug_line(_calling(event)), call] if self._debug_lines else [call])
        shape, values = crossing(table, self._dialect)
        handler = HANDLERS[type(event)]
        answer = self._entered(event.handler, 2, 0, event, "event", key, handler, with_user, shape, *values)
        if answer is False:
            self._effects.drop_held()
            self._debug(_calling(event))
            words = f"'{event.handler}' is not a function"
            self._finished(event.handler, event, error=words)
            self._error(words)
        elif self._returned(event.handler, 2, 0, event, answer):
            self._called(event.handler, event)

    def _entered(
        self,
        function: str,
        arguments: int,
        results: int,
        event: Event | None,
        entry: str,
        key: int,
        *more: Plain,
    ) -> Any:
        """
        What an entry of the Lua half answers that calls this function of the script, for the transaction with
        this key.
        """
        meter = self._script.state.meter
        before, meter.transaction = meter.transaction, key
        try:
            return self._entries[entry](key, *more)
        except ScriptLimitError as limit:
            prefix = _failed(function, arguments, results)
            self._finished(function, event, error=prefix + limit.text)
            self._script.tell(limit, function, prefix)
            raise
        finally:
            meter.transaction = before

    def _returned(
        self, function: str, arguments: int, results: int, event: Event | None, failure: Any
    ) -> bool:
        """
        Whether the function returned; if it raised, that has been told.
        """
        self._effects.tell_held()
        if failure is None:
            return True
        prefix = _failed(function, arguments, results)
        error = script_error(failure if isinstance(failure, tuple) else (failure,))
        self._finished(function, event, error=prefix + error.text)
        self._script.failed(prefix + error.text, error, function, prefix=PREFIX)
        return False

    def tell(self, error: ScriptLimitError) -> None:
        """
        Log that a limit has stopped the script, unless that has been told.
        """
        self._script.tell(error)

    def _called(self, function: str, event: Event | None = None) -> None:
        if self._debug_lines:
            self._finished(function, event)
            self._debug(f"Called {function}")

    def _finished(self, function: str, event: Event | None = None, *, error: str | None = None) -> None:
        """
        What Dovecot tells its statistics of a call, before it logs the same.
        """
        if not self._debug_lines:
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

    def _error(self, words: str) -> None:
        path = self._script.path
        self._script.failed(words, ScriptError(f"{path}: {words}", file=path), prefix=PREFIX)

    def _debug(self, words: str) -> None:
        if self._debug_lines:
            self._effects.add(_debug_line(words))


def _debug_line(words: str) -> Log:
    return Log(level="debug", text=PREFIX + words, prefix=PREFIX, source="driver")


def _calling(event: Event) -> str:
    shown = f"name={event.name},mailbox={event.mailbox}"
    if isinstance(event, MessageEvent):
        shown += f",uid={event.uid}"
    return f"Calling {event.handler}(ctx, event[{shown}])"


def _failed(function: str, arguments: int, results: int) -> str:
    """
    What stands in front of an error of a function that takes and gives so many values.
    """
    return f"lua_pcall({function}, {arguments}, {results}) failed: "
