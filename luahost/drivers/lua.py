"""
The Lua driver: a script's functions, called as Dovecot calls them.

One state for each session, loaded when it opens. Every error of the script becomes the line that
Dovecot logs, and the mail operation goes on: a failed load or ``script_init`` switches the driver off
for the session, a failed ``begin_txn`` for the transaction, a failed handler nothing.

Its Lua half, ``luahost/lua/drivers/lua.lua``, keeps contexts and users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost.dialects import Dialect
from luahost.drivers.driver import Driver
from luahost.drivers.event_table import event_table, shaped
from luahost.effects import Call, Effects, Failure, Log, ProcessKilled
from luahost.errors import ScriptError, ScriptLoadError
from luahost.events import EVENTS, Event, MessageEvent
from luahost.runtime import LuaState, Plain, script_error, text

BEGIN = "dovecot_lua_notify_begin_txn"
END = "dovecot_lua_notify_end_txn"

PREFIX = "lua: "
"""What the driver's event puts in front of its log lines."""


class LuaDriver(Driver):
    """
    The driver for one script.

    Args:
        script: Path of the script; messages and tracebacks call it by this name.

        username: The session's user.

        settings: What ``script_init`` gets in the dialects that give it something.

        new_state: Makes the Lua state, with ``dovecot`` and ``require`` in place.

        debug: Whether the driver's debug lines are written.
    """

    def __init__(
        self,
        script: str,
        *,
        username: str,
        settings: Mapping[str, str],
        dialect: Dialect,
        effects: Effects,
        new_state: Callable[[], LuaState],
        debug: bool,
    ) -> None:
        self._script = script
        self._username = username
        self._settings = settings
        self._dialect = dialect
        self._effects = effects
        self._new_state = new_state
        self._debug_lines = debug
        self._state: LuaState | None = None
        self._latest_state: LuaState | None = None
        self._entries: dict[str, Callable[..., Any]] = {}
        self._registered: dict[int, frozenset[str]] = {}

        self.missing = False
        """Whether there is no such script at all."""

    @property
    def loaded(self) -> bool:
        """
        Whether the script is there to be called.
        """
        return self._state is not None

    def open(self) -> None:
        """
        Load the script and call ``script_init``.
        """
        if self._dialect.loading_line:
            self._debug(f"Loading {self._script}")
        state = self._latest_state = self._new_state()
        try:
            state.load(self._script)
        except ScriptLoadError as error:
            self.missing = error.step == "access"
            prefix = self._dialect.load_prefix.format(path=self._script)
            words = f"{prefix}{error.step}({self._script}) failed: {error.text}"
            self._failed(None, words, error, starting=True)
            return
        self._debug("Calling script_init")
        if state.has("script_init") and not self._script_init(state):
            return
        self._state = state
        self._entries = {
            name: state.entry("drivers.lua", name) for name in ("begin", "event", "finish", "forget", "kept")
        }

    def begin(self, transaction: int) -> bool:
        """
        Call ``begin_txn``, if the script has it and any handler.
        """
        state = self._state
        if state is None:
            return False
        if not state.has(BEGIN):
            self._error(f"Missing function {BEGIN}")
            return False
        handled = [event for event in EVENTS if state.has(event.handler)]
        for event in handled:
            self._debug(f"Found {event.handler}, handling {event.name} event")
        if not handled:
            self._debug("No event handlers found in script")
            return False
        self._debug(f"Calling {BEGIN}({self._username})")
        self._effects.add(Call(function=BEGIN, user=self._username))
        if not self._answered(BEGIN, 1, 1, self._entries["begin"](transaction)):
            return False
        self._debug(f"Called {BEGIN}")
        self._registered[transaction] = frozenset(event.handler for event in handled)
        return True

    def event(self, transaction: int, event: Event) -> None:
        """
        Call the event's handler, if the script had it when the transaction began.
        """
        if self._state is None or event.handler not in self._registered[transaction]:
            return
        if not self._state.has(event.handler):
            self._error(f"'{event.handler}' is not a function")
            return
        table = event_table(event, self._dialect)
        shown = f"name={event.name},mailbox={event.mailbox}"
        if isinstance(event, MessageEvent):
            shown += f",uid={event.uid}"
        self._debug(f"Calling {event.handler}(ctx, event[{shown}])")
        seen = table | {"user": {"mail_user": self._username}} if self._dialect.event_user else table
        self._effects.add(Call(function=event.handler, event=seen))
        shape, values = shaped(table)
        answer = self._entries["event"](
            transaction, event.handler.encode(), self._dialect.event_user, shape, *values
        )
        if self._answered(event.handler, 2, 0, answer):
            self._debug(f"Called {event.handler}")

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
                self._debug(f"Called {END}")
        else:
            self._error(f"Missing function {END}")
        self._entries["forget"](transaction)
        del self._registered[transaction]

    def close(self) -> None:
        """
        Call ``script_deinit`` and let the state go. Dovecot dies first if the script holds a user.
        """
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
        self._effects.add(Call(function="script_deinit"))
        try:
            state.call("script_deinit")
        except ScriptError as error:
            pcall = f"lua_pcall(script_deinit, 0, 0) failed: {error.text}"
            self._failed("script_deinit", f"script_deinit() failed: {pcall}", error)

    def _script_init(self, state: LuaState) -> bool:
        settings = self._settings if self._dialect.script_init_settings else None
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

    def _answered(self, function: str, arguments: int, results: int, failure: Any) -> bool:
        if failure is None:
            return True
        error = script_error(failure if isinstance(failure, tuple) else (failure,))
        self._failed(function, f"lua_pcall({function}, {arguments}, {results}) failed: {error.text}", error)
        return False

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
        self._effects.add(
            Log(
                level="error",
                text=PREFIX + words,
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
