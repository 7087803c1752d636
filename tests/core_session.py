"""
A session of the core: the Lua driver, ``dovecot.*`` and transactions, without messages and HTTP.

It has the methods of :class:`luahost.host.Session`, so a test reads the same with either, and says in
short what happened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from luahost import api, dialects
from luahost.drivers import LuaDriver
from luahost.effects import Call, Effect, Effects, Failure, Log, Print
from luahost.egress import Egress
from luahost.events import Event
from luahost.runtime import DEFAULT_LUA, HostFunction, LuaState, text
from luahost.store import MailUser, MemoryStore
from luahost.transaction import Transaction

LUA_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lua")
"""Lua modules that test scripts can require."""


class CoreSession:
    """
    A session with one script, open from its making to :meth:`close`.
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
    ) -> None:
        self.user = MailUser(user) if isinstance(user, str) else user
        self.store = store or MemoryStore()
        self.effects = Effects(listener)
        self.state: LuaState | None = None
        self._lua = lua
        self._folders = [os.path.dirname(script), LUA_DIRECTORY, *folders]
        self._host_functions = host_functions or {}
        self._settings = settings or {}
        self._debug = debug
        self._dialect = dialects.dialect("documented")
        self._transactions = 0
        self._driver = LuaDriver(
            script,
            username=self.user.username,
            settings=self._settings,
            dialect=self._dialect,
            effects=self.effects,
            new_state=self._new_state,
            debug=debug,
        )
        self._driver.open()

    @property
    def loaded(self) -> bool:
        """
        Whether the script is there.
        """
        return self._driver.loaded

    def transaction(self) -> Transaction:
        """
        A push transaction, to be used in a ``with``.
        """
        return Transaction(
            [self._driver],
            self.effects,
            next_number=self._next_number,
            committed=lambda event: self.store.observe(self.user.username, event),
            debug=self._debug,
        )

    def notify(self, *events: Event) -> None:
        """
        A transaction of these events.
        """
        with self.transaction() as transaction:
            for event in events:
                transaction.notify(event)

    def rollback(self, *events: Event) -> None:
        """
        A transaction of these events that fails.
        """
        transaction = self.transaction()
        for event in events:
            transaction.notify(event)
        transaction.rollback()

    def close(self) -> None:
        """
        The session ends; nothing if it has ended.
        """
        self._driver.close()

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

    def _next_number(self) -> int:
        self._transactions += 1
        return self._transactions

    def _new_state(self) -> LuaState:
        state = LuaState(
            self._lua,
            folders=self._folders,
            environment=self._settings,
            printed=lambda line: self.effects.add(Print(text=text(line))),
        )
        context = api.ApiContext(
            user=self.user,
            settings=self._settings,
            store=self.store,
            effects=self.effects,
            dialect=self._dialect,
            way=Egress("deny"),
            debug=self._debug,
        )
        api.install(state, context)
        for chunk, functions in self._host_functions.items():
            state.register(chunk, functions)
        self.state = state
        return state
