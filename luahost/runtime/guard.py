"""
The Python half of ``luahost/lua/runtime/guard.lua``: whether a script may go on, and why not.

Lua stops a script that has used too many instructions, or when Python says that another limit is
reached. Here is also what keeps memory from running out where Lua cannot survive that: lupa moves values
into Lua outside of what Lua protects, and if that fails, the process ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import length_hint
from typing import Any

from luahost import patterns
from luahost.errors import ScriptLimitError
from luahost.runtime.engine import Allowed
from luahost.runtime.limits import limit_error
from luahost.runtime.meter import Meter

ROOM_BYTES = 64 * 1024
"""Memory that has to be left when Lua is entered, besides what is handed over."""

VALUE_BYTES = 64
"""What a value takes in Lua besides its text, at most."""

PATIENCE_SECONDS = 0.1
"""To ask is to call Python, which may have other threads to wait for."""

_STOPPED_WORDS = patterns.compile(r"luahost: the script was stopped \((\w+)\)")
"""The error that guard.lua raises."""

HANDLER_FAILED = "error in error handling"

STOPPED = (None, b"memory_bytes", 0, 0)
"""What a host function answers when there is no room for its answer, or the script was stopped before."""


class Guard:
    """
    Watches over one Lua state.

    Args:
        meter: What the script has used.

        runtime: lupa's state, None if it is in another process.

        patience_seconds: Time of the processor after which a running script asks whether its time is over.

        give_way: Lets others go on, who share the processor with the script; called then, too.

    Attributes:
        error: Why the script was stopped, once it has been. The state is dead then.
    """

    def __init__(
        self,
        meter: Meter,
        runtime: Any,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        give_way: Callable[[], object] = lambda: None,
    ) -> None:
        self.error: ScriptLimitError | None = None
        self._meter = meter
        self._runtime = runtime
        self._memory_used: Callable[[], int] = runtime.get_memory_used if runtime is not None else lambda: 0
        self._memory_bytes = meter.limits.memory_bytes if runtime is not None else None
        self._patience_seconds = patience_seconds
        self._give_way = give_way

    def functions(self) -> dict[str, Callable[..., Any]]:
        """
        What guard.lua calls.
        """
        return {
            "stopped": self._stopped,
            "look_at_the_time": self._look_at_the_time,
        }

    def check(self, arguments: Sequence[Any]) -> None:
        """
        See that Lua can be entered with these arguments.

        Raises:
            ScriptLimitError: The script was stopped, or memory has run out.
        """
        if self.error is None and self.lacks_room(arguments):
            self.memory_ended()
        if self.error is not None:
            raise self.error

    def lacks_room(self, values: Sequence[Any], size: int | None = None) -> bool:
        """
        Whether there is too little memory left to move these values into Lua. Their texts have so many bytes.
        """
        allowed = self._memory_bytes
        if allowed is None:
            return False
        if size is None:
            # Only texts have a length, and the hint of all else is 0.
            size = sum(map(length_hint, values))
        needed = ROOM_BYTES + VALUE_BYTES * len(values) + size
        if self._memory_used() + needed < allowed:
            return False
        self._runtime.gccollect()
        return bool(self._memory_used() + needed >= allowed)

    def came_out(self, error: Exception) -> None:
        """
        An error has come out of Lua. If it means that the script was stopped, know it, even where there was
        no memory left to tell.
        """
        if self.error is not None:
            return
        words = str(error)
        struck = _STOPPED_WORDS.search(words)
        # LuaJIT's handler of errors may have found no memory, either.
        no_memory = isinstance(error, MemoryError) or (self._memory_bytes and words == HANDLER_FAILED)
        if no_memory or (struck and struck[1] == "memory_bytes"):
            self.memory_ended()
        elif struck:
            allowed = getattr(self._meter.limits, struck[1])
            self.error = limit_error(struck[1], allowed, allowed)

    def memory_ended(self) -> None:
        """
        Memory has run out, where Lua cannot say so.
        """
        if self.error is None:
            allowed = self._memory_bytes or 0
            self.error = limit_error("memory_bytes", allowed, allowed)

    def allowed(self) -> Allowed:
        """
        What Lua counts by itself.
        """
        limits = self._meter.limits
        patience = None
        for seconds in (limits.call_seconds, limits.transaction_seconds):
            if seconds is not None:
                patience = min(self._patience_seconds if patience is None else patience, seconds / 10)
        return limits.call_instructions, limits.transaction_instructions, patience

    def _look_at_the_time(self) -> None:
        self._give_way()
        self._meter.check_time()

    def _stopped(
        self,
        limit: bytes,
        spent: float,
        allowed: float,
        file: bytes | None = None,
        line: int | None = None,
        short_file: bytes | None = None,
        traceback: bytes | None = None,
    ) -> None:
        """
        Lua says that it has stopped the script.
        """
        if self.error is not None:
            return
        if limit == b"memory_bytes":
            spent = allowed = self._memory_bytes or 0
        self.error = limit_error(
            limit.decode(),
            spent,
            allowed,
            file=_text(file),
            line=line,
            short_file=_text(short_file),
            traceback=_text(traceback),
        )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")
