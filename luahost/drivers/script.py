"""
A script's own life, whoever calls its other functions: parse, run, ``script_init``, ``script_deinit``.

Dovecot lets a script go as soon as it fails to start, and calls its ``script_deinit`` even then, if it has
been parsed. (Seen in Dovecot 2.3.19.1.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost.dialects import Dialect
from luahost.drivers.crossing import Crossing
from luahost.drivers.telling import Batch
from luahost.effects import Call, Effects, Failure, Log, ProcessKilled
from luahost.errors import ScriptError, ScriptLimitError, ScriptLoadError
from luahost.runtime import LuaState, Plain, load_error, text


class StartError(Exception):
    """
    A script that cannot be started.

    Attributes:
        words: What Dovecot says of it.

        error: What went wrong, and where.

        function: The Lua function that failed, None while loading.
    """

    def __init__(self, words: str, error: ScriptError, function: str | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.error = error
        self.function = function

    @property
    def unread(self) -> str | None:
        """
        What to tell the operator of a script that could not be read; None if it was.
        """
        return self.error.unread if isinstance(self.error, ScriptLoadError) else None


class Script:
    """
    One script in its Lua state.

    Args:
        path: Its file; messages and tracebacks call it by this name.

        state: An empty Lua state, with ``dovecot`` and ``require`` in place.

        prefix: What stands in front of what is logged of it.

        settings: What ``script_init`` gets in the dialects that give it something.

    Attributes:
        calling: The calls that are made of its functions, while they are.

        crossing: The events for which they are.
    """

    def __init__(
        self,
        path: str,
        state: LuaState,
        *,
        prefix: str,
        settings: Mapping[str, str],
        dialect: Dialect,
        effects: Effects,
    ) -> None:
        self.path = path
        self.state = state
        self._prefix = prefix
        self._settings = settings
        self._dialect = dialect
        self._effects = effects
        self._told = False
        self.calling: Batch | None = None
        self.crossing: Crossing | None = None
        state.register("drivers.calls", {"next_calls": self._next_calls})
        state.register("drivers.heads", {"head": self._head})
        self._deinit_there: bool | None = None
        """Whether there is a ``script_deinit``, where nothing of the script has run since that was seen."""

    def _next_calls(self, count: float) -> None:
        """
        Lua says how many more calls it has begun.
        """
        if self.calling is not None:
            self.calling.go_on(count)
            self.state.meter.next_call()

    def _head(self, number: float) -> tuple[Plain, ...]:
        """
        Lua asks what the events with this head have in common.
        """
        assert self.crossing is not None
        head = self.crossing.head(int(number))
        return head.form, head.handler, head.shape, *head.values

    def parse(self) -> None:
        """
        Read the file.

        Raises:
            StartError: It cannot be read or is no Lua.
        """
        try:
            self.state.parse(self.path)
        except ScriptLoadError as error:
            prefix = self._dialect.load_prefix.format(path=self.path)
            raise StartError(f"{prefix}{error.step}({self.path}) failed: {error.text}", error) from None
        except ScriptLimitError as error:
            raise self._stopped_in("lua_load", error) from None

    def init(self) -> None:
        """
        Run the file and call ``script_init``.

        Raises:
            StartError: One of them failed. The script has been let go.
        """
        try:
            if self._run():
                self._script_init()
        except StartError:
            self.deinit()
            raise
        except ScriptLimitError as error:
            # It struck in luahost's own work around the script.
            raise self._stopped_in("lua_pcall", error) from None

    def deinit(self) -> None:
        """
        Call ``script_deinit``, and log if it fails. Not after a limit, when the state is dead.
        """
        if self.state.stopped is not None:
            return
        there, self._deinit_there = self._deinit_there, None
        if not (self.state.has("script_deinit") if there is None else there):
            return
        self.entry("before_call")()
        self._effects.add(Call(function="script_deinit"))
        try:
            self.state.call("script_deinit")
        except ScriptError as error:
            pcall = f"lua_pcall(script_deinit, 0, 0) failed: {error.text}"
            self.failed(f"script_deinit() failed: {pcall}", error, "script_deinit")

    def kills(self) -> bool:
        """
        Whether Dovecot dies now that the session ends, because the script still holds a user or a mailbox.
        """
        if self.state.stopped is not None:
            return False
        answer = self.entry("kept")()
        self._deinit_there, kept = answer if isinstance(answer, tuple) else (answer, None)
        if kept is None:
            return False
        reason = f"{text(kept)}; {self._dialect.kills}"
        self._effects.add(ProcessKilled(reason=reason, file=self.path))
        return True

    def entry(self, name: str, chunk: str = "drivers.lua") -> Callable[..., Any]:
        """
        A function of a Lua half, for this script.
        """
        self._deinit_there = None
        return self.state.entry(chunk, name)

    def failed(
        self, words: str, error: ScriptError, function: str | None = None, *, prefix: str | None = None
    ) -> None:
        """
        Log that the script failed; behind its own prefix unless there is another.
        """
        prefix = self._prefix if prefix is None else prefix
        failure = failure_of(error, function, self.state.source_line(error.file, error.line))
        self._effects.add(
            Log(level="error", text=prefix + words, prefix=prefix, source="driver", failure=failure)
        )

    def tell(self, error: ScriptLimitError, function: str | None = None, words: str = "") -> None:
        """
        Log that a limit has stopped the script; once, though it comes out of every call that was under way.
        """
        if not self._told:
            self._told = True
            self.failed(words + error.text, error, function)

    def _run(self) -> bool:
        """
        Run the file. Whether it has a ``script_init`` to be called; without one it has started.
        """
        try:
            answer = self.entry("start")()
            if not isinstance(answer, bool):
                raise load_error("lua_pcall", answer)
            return bool(answer)
        except ScriptLoadError as error:
            raise StartError(f"{error.step}({self.path}) failed: {error.text}", error) from None
        except ScriptLimitError as error:
            raise self._stopped_in("lua_pcall", error) from None

    def _stopped_in(self, step: str, error: ScriptLimitError) -> StartError:
        self._told = True
        return StartError(f"{step}({self.path}) failed: {error.text}", error)

    def _script_init(self) -> None:
        settings = self._settings if self._dialect.script_init_settings else None
        self._effects.add(Call(function="script_init", settings=settings))
        try:
            kind, result = self.state.call("script_init", table=settings, entry=self.entry("init"))
        except ScriptError as error:
            counts = "0, 1" if settings is None else "1, 0"
            words = f"lua_pcall(script_init, {counts}) failed: {error.text}"
            self._told = True
            raise StartError(words, error, "script_init") from None
        complaint = self._complaint(kind, result)
        if complaint is not None:
            raise StartError(complaint, ScriptError(complaint), "script_init")

    def _complaint(self, kind: str, result: Plain) -> str | None:
        """
        What Dovecot has against this result of ``script_init``, None if it will do.
        """
        rule = self._dialect.script_init_result
        if rule == "any" or (kind == "number" and result == 0 and not isinstance(result, float)):
            return None
        if kind == "number" and (rule == "not a failure" or isinstance(result, int)):
            return "Script init failed" if result != 0 else None
        return "script_init() returned non-number" if rule == "zero" else None


def failure_of(error: ScriptError, function: str | None = None, source: str | None = None) -> Failure:
    """
    An error as a part of the log line about it.
    """
    return Failure(
        function=function,
        message=error.message,
        file=error.file,
        line=error.line,
        traceback=error.traceback,
        source=source,
        limit=error.limit if isinstance(error, ScriptLimitError) else None,
    )
