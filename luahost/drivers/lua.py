"""
The Lua driver: a script's functions, called as Dovecot calls them.

One state for each session, loaded when it opens. Every error of the script becomes the line that
Dovecot logs, and the mail operation goes on: a failed load or ``script_init`` switches the driver off
for the session, a failed ``begin_txn`` for the transaction, a failed handler nothing.

Its Lua half, ``luahost/lua/drivers/lua.lua``, keeps contexts and users.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.event_table import event_table, shaped
from luahost.drivers.records import Changed, Record
from luahost.effects import Call, Failure, Log, NamedEvent, ProcessKilled, Value
from luahost.errors import ScriptError, ScriptLoadError
from luahost.events import EVENTS, Event, MessageEvent
from luahost.runtime import LuaState, Plain, script_error, text

BEGIN = "dovecot_lua_notify_begin_txn"
END = "dovecot_lua_notify_end_txn"

PREFIX = "lua: "
"""What the driver's event puts in front of its log lines."""


class LuaDriver(Driver):
    """
    The driver for one script; messages and tracebacks call it by the path that the entry names.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._name = entry.name
        self._script = entry.file or ""
        self._username = context.username
        self._settings = context.settings if entry.lua_settings is None else entry.lua_settings
        self._dialect = context.dialect
        self._effects = context.effects
        self._new_state = context.new_state
        self._debug_lines = context.debug
        self._state: LuaState | None = None
        self._latest_state: LuaState | None = None
        self._entries: dict[str, Callable[..., Any]] = {}

    def open(self) -> bool:
        """
        Load the script and call ``script_init``.
        """
        if self._dialect.loading_line:
            self._debug(f"Loading {self._script}")
        state = self._latest_state = self._new_state(self._script)
        if not (self._loaded(state) and self._initialised(state)):
            return False
        self._state = state
        return True

    def _loaded(self, state: LuaState) -> bool:
        """
        Run the script's text. By then Dovecot has said that it calls ``script_init``.
        """
        prefix = self._dialect.load_prefix.format(path=self._script)
        try:
            state.parse(self._script)
            self._debug("Calling script_init")
            prefix = ""
            state.run()
        except ScriptLoadError as error:
            self.missing = error.step == "access"
            words = f"{prefix}{error.step}({self._script}) failed: {error.text}"
            self._failed(None, words, error, starting=True)
            return False
        return True

    def _initialised(self, state: LuaState) -> bool:
        names = ("before_call", "begin", "event", "finish", "over", "forget", "kept")
        self._entries = {name: state.entry("drivers.lua", name) for name in names}
        good = not state.has("script_init") or self._script_init(state)
        self._entries["over"]()
        return good

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        """
        Call ``begin_txn``, if the script has it and any handler.
        """
        state = self._state
        if state is None:
            return None
        if not state.has(BEGIN):
            words = f"Missing function {BEGIN}"
            self._finished(BEGIN, error=words)
            self._error(words)
            return None
        handled = [event for event in EVENTS if state.has(event.handler)]
        for event in handled:
            self._debug(f"Found {event.handler}, handling {event.name} event")
        if not handled:
            self._finished(BEGIN)
            self._debug("No event handlers found in script")
            return None
        self._debug(f"Calling {BEGIN}({self._username})")
        self._effects.add(Call(function=BEGIN, user=self._username))
        answered = self._answered(BEGIN, 1, 1, self._entries["begin"](transaction))
        if answered:
            self._called(BEGIN)
        return Registration(events=handled, takes_part=answered)

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Call a handler for each record. One that the script lacks is an error: another driver registered
        the event, or the script had the handler when the transaction began.
        """
        for record in records:
            event = record.event
            shown = f"name={event.name},mailbox={event.mailbox}"
            if isinstance(event, MessageEvent):
                shown += f",uid={event.uid}"
            self._debug(f"Calling {event.handler}(ctx, event[{shown}])")
            if self._state is None or not self._state.has(event.handler):
                words = f"'{event.handler}' is not a function"
                self._finished(event.handler, event, error=words)
                self._error(words)
            else:
                self._call(transaction, record)

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Call ``end_txn`` and let the context go.
        """
        if self._state is None:
            return
        if self._state.has(END):
            self._debug(f"Calling {END}")
            self._effects.add(Call(function=END, success=success))
            if self._answered(END, 2, 0, self._entries["finish"](transaction, success)):
                self._called(END)
        else:
            self._error(f"Missing function {END}")
            self._finished(END)
        self._entries["forget"](transaction)

    def close(self) -> None:
        """
        Call ``script_deinit`` and let the state go. Dovecot dies first if the script holds a user.
        """
        try:
            self._deinitialise()
        finally:
            if self._latest_state is not None:
                self._latest_state.close()

    def _deinitialise(self) -> None:
        state, self._state = self._state, None
        if state is None:
            return
        kept = self._entries["kept"]()
        if kept is not None:
            reason = f"{text(kept)}; {self._dialect.kills}"
            self._effects.add(ProcessKilled(reason=reason, file=self._script))
            return
        if not state.has("script_deinit"):
            return
        self._entries["before_call"]()
        self._effects.add(Call(function="script_deinit"))
        try:
            state.call("script_deinit")
        except ScriptError as error:
            pcall = f"lua_pcall(script_deinit, 0, 0) failed: {error.text}"
            self._failed("script_deinit", f"script_deinit() failed: {pcall}", error)

    def _call(self, transaction: int, record: Record) -> None:
        event = record.event
        table = event_table(event, self._dialect)
        for name in record.missing:
            table.pop(name, None)
        seen = table | {"user": {"mail_user": self._username}} if self._dialect.event_user else table
        self._effects.add(Call(function=event.handler, event=seen))
        shape, values = shaped(table)
        answer = self._entries["event"](
            transaction, event.handler.encode(), self._dialect.event_user, shape, *values
        )
        if self._answered(event.handler, 2, 0, answer, event):
            self._called(event.handler, event)

    def _script_init(self, state: LuaState) -> bool:
        settings = self._settings if self._dialect.script_init_settings else None
        self._entries["before_call"]()
        self._effects.add(Call(function="script_init", settings=settings))
        try:
            kind, result = state.call("script_init", table=settings)
        except ScriptError as error:
            counts = "0, 1" if settings is None else "1, 0"
            pcall = f"lua_pcall(script_init, {counts}) failed: {error.text}"
            self._failed("script_init", pcall, error, starting=True)
            return False
        words = self._init_failure(kind, result)
        if words is not None:
            self._failed("script_init", words, ScriptError(words), starting=True)
        return words is None

    def _init_failure(self, kind: str, result: Plain) -> str | None:
        """
        What Dovecot has against this result of ``script_init``, None if it will do.
        """
        rule = self._dialect.script_init_result
        if rule == "any" or (kind == "number" and result == 0 and not isinstance(result, float)):
            return None
        if kind == "number" and (rule == "not a failure" or isinstance(result, int)):
            return "Script init failed" if result != 0 else None
        return "script_init() returned non-number" if rule == "zero" else None

    def _answered(
        self, function: str, arguments: int, results: int, failure: Any, event: Event | None = None
    ) -> bool:
        if failure is None:
            return True
        error = script_error(failure if isinstance(failure, tuple) else (failure,))
        words = f"lua_pcall({function}, {arguments}, {results}) failed: {error.text}"
        self._finished(function, event, error=words)
        self._failed(function, words, error)
        return False

    def _called(self, function: str, event: Event | None = None) -> None:
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

    def _failed(
        self, function: str | None, words: str, error: ScriptError, *, starting: bool = False
    ) -> None:
        """
        The script failed. While the driver is ``starting``, Dovecot writes that without an event.
        """
        failure = Failure(
            function=function,
            message=error.message,
            file=error.file,
            line=error.line,
            traceback=error.traceback,
            source=self._latest_state.source_line(error.file, error.line) if self._latest_state else None,
        )
        # What fails to start is called as configuration calls it.
        prefix = f"{self._name}: " if starting else PREFIX
        self._effects.add(
            Log(
                level="error",
                text=prefix + words,
                prefix="" if starting else PREFIX,
                source="driver",
                failure=failure,
            )
        )

    def _error(self, words: str) -> None:
        self._failed(None, words, ScriptError(f"{self._script}: {words}", file=self._script))

    def _debug(self, words: str) -> None:
        if self._debug_lines:
            self._effects.add(Log(level="debug", text=PREFIX + words, prefix=PREFIX, source="driver"))
