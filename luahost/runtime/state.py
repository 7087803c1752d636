"""
One Lua state with one script: load, look, call, let go.

The seam between Python and Lua. Everything that crosses it, in either direction, is a plain value
(None, bool, int, float, bytes); lists and tables are flattened by those who talk. Python functions
reach luahost's own chunks only, wrapped by ``luahost/lua/runtime/boot.lua``; a script never holds
one. Errors of a script leave as values and become :class:`~luahost.errors.ScriptError`.

Knows no mail and no HTTP: ``api/`` and ``shims/`` register their functions here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from luahost.errors import ScriptLimitError
from luahost.runtime import engine, script_bytecode
from luahost.runtime.answers import load_error, script_error
from luahost.runtime.guard import PATIENCE_SECONDS, STOPPED, Guard
from luahost.runtime.host_halves import PLAIN, HostFunction, HostHalf, HostHalves, LuaFault, Makers, Plain
from luahost.runtime.limits import NO_LIMITS, Limits
from luahost.runtime.meter import LimitReached, Meter
from luahost.runtime.script_files import REAL_FILES, ScriptFiles
from luahost.runtime.sources import Sources
from luahost.runtime.versions import DEFAULT_LUA, lua_error

ScriptPolicy = Literal["sandboxed", "dovecot"]
"""What of Lua's libraries a script gets."""

NOTHING = (True, None)
"""What came of a host function that gives nothing."""


class LuaState:
    """
    A fresh Lua state; each script of each session has its own, as in Dovecot.

    Args:
        lua: The Lua version, a key of ``LUA_VERSIONS``.

        folders: Where ``require`` looks for the script's own modules.

        environment: What ``os.getenv`` answers from.

        printed: Gets what ``print`` prints.

        policy: ``sandboxed``: no files, no processes. ``dovecot``: the libraries that scripts have in
            Dovecot, ``io``, ``os`` and ``debug`` as they are, for those who trust the script; still no
            way into Python, and no limits.

        limits: How much the script may use, in the sandbox.

        lines_watched: Whether a hook is to be called for each line that runs.

        files: Where scripts and modules are read from.

        variant: What luahost's own chunks ask their host halves when they are loaded is the same for all
            states of one variant; such states can use one engine, one after the other.

        prepare: Gives the new state its host halves and the script's globals, before the session begins in
            Lua.

    Attributes:
        meter: What the script has used of it.

        printed: The argument; whoever prepares the state can set another one.

    Raises:
        UsageError: There is no such Lua.
    """

    batches = True
    """Whether functions may be called one by one without leaving Lua; see :meth:`Meter.next_call`."""

    patience_seconds = PATIENCE_SECONDS
    machine_code = True
    wait: Callable[[float], object] = staticmethod(time.sleep)
    give_way: Callable[[], object] = staticmethod(lambda: None)

    def __init__(
        self,
        lua: str = DEFAULT_LUA,
        *,
        folders: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        printed: Callable[[bytes], None] = lambda text: None,
        policy: ScriptPolicy = "sandboxed",
        limits: Limits = NO_LIMITS,
        lines_watched: bool = False,
        files: ScriptFiles = REAL_FILES,
        variant: str = "",
        prepare: Callable[[LuaState], None] = lambda state: None,
    ) -> None:
        self.lua = lua
        self._variant = variant
        self.meter = Meter(limits, wait=self.wait)
        self._halves = HostHalves()
        self._halves.offer(OWN_HALVES, self)
        self._globals: list[bytes] = []
        self._begun = False
        self._fault: BaseException | None = None
        self._sources = Sources(folders, files)
        self._environment = dict(environment or {})
        self.printed = printed
        self._entries: dict[engine.Key, Callable[..., Any]] = {}
        self._entry_of: Callable[[engine.Key], Callable[..., Any]] | None = None
        self._lines_watched = lines_watched
        self._start(policy)
        try:
            prepare(self)
            self._begun = True
            self._begin()
        except BaseException:
            self._reusable = False
            self.close()
            raise

    def _start(self, policy: ScriptPolicy) -> None:
        limits = self.meter.limits
        kind = engine.Kind(
            self.lua,
            limits.memory_bytes,
            machine_code=self.machine_code,
            trusted=policy == "dovecot",
            one_line=self._lines_watched,
            variant=self._variant,
        )
        used = engine.SHELF.take(kind)
        self._engine: engine.Engine | None = used
        self._reusable = not kind.trusted
        self._lua_error = lua_error(self.lua)
        self._guard = Guard(
            self.meter, used.runtime, patience_seconds=self.patience_seconds, give_way=self.give_way
        )
        self._halves.offer(HALVES_OF_THIS_PROCESS, self)
        self._numbered: dict[int, HostFunction] = {engine.READ_CHUNK: used.read_chunk}
        self._lua_functions: dict[engine.Key, Any] = {}

    @property
    def stopped(self) -> ScriptLimitError | None:
        """
        Why the script was stopped, None if it was not. A state that was is dead.
        """
        return self._guard.error

    def register(self, chunk: str, half: HostHalf) -> None:
        """
        Give a chunk its host half. Before the chunk is first used.
        """
        self._halves.register(chunk, half)

    def offer(self, makers: Makers, context: Any) -> None:
        """
        Give chunks their host halves, which are made of the context when they are first asked for.
        """
        self._halves.offer(makers, context)

    def define(self, name: str, chunk: str) -> None:
        """
        Make what a chunk makes for each session a global variable of the script. Only where the state is
        prepared.
        """
        if self._begun:
            raise RuntimeError(f"{name} comes too late: this Lua state has begun")
        self._globals += (name.encode(), chunk.encode())

    def entry(self, chunk: str | None, name: str) -> Callable[..., Any]:
        """
        A function of a luahost chunk (of the state's own if None), to be called with plain values.

        It answers one plain value or a tuple of them. Who knows how many bytes of text there are among the
        values says it, as ``size``. Such functions catch the errors of scripts, and raise
        :class:`~luahost.errors.ScriptLimitError` when a limit has struck, now or before; any other error that
        still comes out of one is a fault in luahost.
        """
        found = self._entries.get((chunk, name))
        if found is None:
            self._guard.check(())
            found = self._entries[chunk, name] = self._entry(chunk, name)
        return found

    def _begin(self) -> None:
        """
        Begin the session in Lua: the script gets its globals, and from then on its limits hold.
        """
        used = self._check_open()
        try:
            used.begin(self._numbered_outcome, self._search_path(), self._guard.allowed(), self._globals)
        except self._lua_error as error:
            self._guard.came_out(error)
            if self._fault is None and self._guard.error is None:
                raise
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        self._guard.check(())

    def _entry(self, chunk: str | None, name: str) -> Callable[..., Any]:
        # Kept here alone: while Python holds one of a session's functions, Lua keeps all of the session.
        used = self._check_open()
        if (found := used.function(chunk, name)) is None:
            raise RuntimeError(f"{chunk or 'runtime.boot'} has no function {name}")
        self._lua_functions[chunk, name] = found
        if self._entry_of is None:
            self._entry_of = self._entries_of_this_state()
        return self._entry_of((chunk, name))

    def _entries_of_this_state(self) -> Callable[[engine.Key], Callable[..., Any]]:
        """
        What makes entries. They share what they know of the state: each session has half a dozen of them.
        """
        functions, guard, meter, lua_error = self._lua_functions, self._guard, self.meter, self._lua_error
        lacks_room, begin_call, end_call = guard.lacks_room, meter.begin_call, meter.end_call

        def entry(key: engine.Key) -> Callable[..., Any]:
            def call(*arguments: Plain, size: int | None = None) -> Any:
                if guard.error is not None or lacks_room(arguments, size):
                    guard.check(arguments)
                if key not in functions:
                    self._check_open()
                begin_call()
                try:
                    result = functions[key](*arguments)
                except lua_error as error:
                    guard.came_out(error)
                    if self._fault is None and guard.error is None:
                        raise
                finally:
                    end_call()
                if self._fault is not None:
                    fault, self._fault = self._fault, None
                    raise fault
                if guard.error is not None:
                    raise guard.error
                return result

            return call

        return entry

    def _check_open(self) -> engine.Engine:
        if self._engine is None:
            raise RuntimeError("this Lua state was closed")
        return self._engine

    def load(self, path: str) -> None:
        """
        :meth:`parse` a script file and :meth:`run` it.
        """
        self.parse(path)
        self.run()

    def parse(self, path: str) -> None:
        """
        Read a script file and make it ready to run.

        Raises:
            ScriptLoadError: With Dovecot's step, ``access`` or ``lua_load``, and its words.
        """
        source = self._sources.script(path)
        name = b"@" + path.encode("utf-8", "surrogateescape")
        failure = self.entry(None, "parse")(source, name, script_bytecode.number_of(source, name))
        if failure is not None:
            raise load_error("lua_load", failure)

    def run(self) -> None:
        """
        Run the script that was parsed, and leave its functions to be called.

        Raises:
            ScriptLoadError: With Dovecot's step, ``lua_pcall``, and its words.
        """
        failure = self.entry(None, "run")()
        if failure is not None:
            raise load_error("lua_pcall", failure)

    def source(self, file: str) -> bytes | None:
        """
        The text of a file that this state has loaded or is about to load, None for any other.
        """
        return self._sources.whole(file)

    def source_line(self, file: str | None, line: int | None) -> str | None:
        """
        A line of a file that this state has loaded; of no other, whatever a script calls its chunks.
        """
        return self._sources.line(file, line)

    def has(self, function: str) -> bool:
        """
        Whether the script has a global function of that name, by Dovecot's rule: metatables do not
        count, nor do callable tables.
        """
        return bool(self.entry(None, "has")(function.encode()))

    def call(
        self,
        function: str,
        *,
        table: Mapping[str, str] | None = None,
        entry: Callable[..., Any] | None = None,
    ) -> tuple[str, Plain]:
        """
        Call a global function of the script: without arguments, or with a table of text; by an entry that
        answers as boot.lua's own ``call``, unless by that.

        Returns:
            Lua type of its first result, and the result itself if it is plain.

        Raises:
            ScriptError: It raised.
        """
        parts = [part.encode("utf-8", "surrogateescape") for pair in (table or {}).items() for part in pair]
        answer = (entry or self.entry(None, "call"))(function.encode(), table is not None, *parts)
        if not answer[0]:
            raise script_error(answer[1:])
        return answer[1].decode(), answer[2] if len(answer) > 2 else None

    def close(self) -> None:
        """
        Let go of it; nothing is called any more. What was read can still be shown.
        """
        used, self._engine = self._engine, None
        if used is None:
            return
        self._lua_functions.clear()
        if self._reusable and self._guard.error is None and self._fault is None:
            engine.SHELF.give_back(used)
        else:
            used.end()

    def _numbered_outcome(self, number: int, *arguments: Any) -> tuple[Any, ...]:
        """
        What boot.lua is told when it asks for the function of this number.
        """
        function = self._numbered.get(number) or (lambda *arguments: self._bound(number)(*arguments))
        return self._outcome(function, arguments)

    def _bound(self, number: int) -> HostFunction:
        function = self._numbered[number] = self._host_function(*self._check_open().named(number))
        return function

    def _outcome(self, function: HostFunction, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """
        What came of a host function, in the form that boot.lua expects, letting no Python exception into Lua.
        """
        for argument in arguments:
            if not isinstance(argument, PLAIN):
                # A Lua half has let a table or a function through; the script has to hear of it.
                return False, b"luahost: a table or function stands where text or a number is needed"
        if self._guard.error is not None:
            return STOPPED
        try:
            result = function(*arguments)
            if self._guard.error is None:
                self.meter.check_time()
        except LuaFault as fault:
            return False, str(fault).encode("utf-8", "surrogateescape")
        except LimitReached as reached:
            return None, reached.limit.encode(), reached.spent, reached.allowed
        except BaseException as fault:  # noqa: BLE001  kept, and raised again once Lua has returned
            self._fault = fault
            return False, b"luahost: internal error"
        if result is None:
            return NOTHING
        values = result if isinstance(result, tuple) else (result,)
        if self._guard.lacks_room(values):
            return STOPPED
        return (True, *values)

    def _host_function(self, chunk: str, name: str) -> HostFunction:
        function = self._halves.function(chunk, name)
        if function is None:
            raise RuntimeError(f"{chunk} asks for {name}, and its host half has no such function")
        return function

    def _search_path(self) -> bytes:
        return self._sources.search_path

    def _getenv(self, name: bytes) -> bytes | None:
        value = self._environment.get(name.decode("utf-8", "surrogateescape"))
        return None if value is None else value.encode("utf-8", "surrogateescape")


OWN_HALVES: Makers = {
    "runtime.globals": lambda state: {"getenv": state._getenv, "print": state.printed},
    "runtime.require": lambda state: {"find_module": state._sources.find_module},
}
"""The host halves of the state's own chunks, wherever its Lua is."""

HALVES_OF_THIS_PROCESS: Makers = {
    "runtime.guard": lambda state: state._guard.functions(),
    "runtime.scripts": lambda state: {"known": script_bytecode.known, "ready": script_bytecode.ready},
}
"""Those that are where Lua is: what they are asked, nobody else is to ask."""
