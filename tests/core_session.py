"""
A real session, open from its making on, that says in short what happened. HTTP is denied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost.effects import Call, Effect, Failure, Log, Print
from luahost.host import Host, Session
from luahost.runtime import DEFAULT_LUA, HostFunction, Limits, LuaState
from luahost.store import MailUser, MemoryStore

LUA_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lua")
"""Lua modules that test scripts can require."""


class CoreSession(Session):
    """
    A session with one script, open from its making to :meth:`close`.

    ``host_functions`` stand in for host halves, by chunk.
    """

    def __init__(
        self,
        script: str,
        *,
        user: MailUser | str = "bob",
        lua: str = DEFAULT_LUA,
        settings: Mapping[str, str] | None = None,
        store: MemoryStore | None = None,
        debug: bool = False,
        folders: Sequence[str] = (),
        host_functions: Mapping[str, Mapping[str, HostFunction]] | None = None,
        listener: Callable[[Effect], None] | None = None,
        limits: Limits | None = None,
        isolate: bool = False,
    ) -> None:
        host = Host(
            script,
            settings=settings,
            lua=lua,
            http="deny",
            debug=debug,
            folders=[LUA_DIRECTORY, *folders],
            listener=listener,
            trusted=True,
            limits=limits,
            isolate=isolate,
        )
        user = MailUser(user) if isinstance(user, str) else user
        super().__init__(host, user, store or MemoryStore())
        self.state: LuaState | None = None
        self._host_functions = host_functions or {}
        self._closed = False
        self.__enter__()

    def close(self) -> None:
        """
        The session ends; nothing if it has ended.
        """
        if not self._closed:
            self._closed = True
            self.__exit__(None, None, None)

    @property
    def calls(self) -> list[str]:
        """
        The Lua functions that were called, without their common prefix.
        """
        return [call.function.removeprefix("dovecot_lua_notify_") for call in self.effects.of(Call)]

    @property
    def log(self) -> list[str]:
        """
        The log lines, as ``level: text``.
        """
        return [f"{line.level}: {line.text}" for line in self.effects.of(Log)]

    @property
    def printed(self) -> list[str]:
        """
        The texts that were printed.
        """
        return [printed.text.removesuffix("\n") for printed in self.effects.of(Print)]

    @property
    def failure(self) -> Failure:
        """
        The one failure that there was.
        """
        (failure,) = self.effects.failures
        return failure

    def _new_state(self, script: str, **options: Any) -> LuaState:
        state = super()._new_state(script, **options)
        for chunk, functions in self._host_functions.items():
            state.register(chunk, functions)
        self.state = state
        return state
