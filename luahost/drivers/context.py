"""
What drivers work with: one session's user, settings, store and effects, the way out, and the way to a Lua
state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import dataclass, field
from luahost.dialects import Dialect
from luahost.drivers.script import Script
from luahost.effects import Effects
from luahost.exchange import Way
from luahost.runtime import LuaState
from luahost.store import MailStore

if TYPE_CHECKING:
    from luahost.api.http_options import HttpSettings


@dataclass(slots=True, eq=False, repr=False)
class HttpClient:
    """
    An HTTP client of drivers.

    Attributes:
        settings: What it was made with, None as long as nothing has been sent.

        waiting: What is to be sent, in order: each sends one request and deals with the answer.
    """

    settings: HttpSettings | None = None
    waiting: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DriverContext:
    """
    The seams that drivers reach.

    Attributes:
        username: The session's user.

        settings: Plugin settings.

        debug: Whether debug lines are written that Dovecot writes with debugging on.

        new_state: Makes the Lua state for the script of this path, with ``dovecot`` and ``require`` in
            place; ``http_settings`` are the server's for the script's HTTP clients.

        mail_lua_script: The script of the mail-lua plugin, if there is one that a push driver without a
            script of its own takes.

        store: The user's mailboxes and METADATA.

        way: The way out for HTTP.

        clock: The time.

        http_clients: HTTP clients that a process has one of, by the driver's name.
    """

    username: str
    settings: Mapping[str, str]
    dialect: Dialect
    effects: Effects
    new_state: Callable[..., LuaState]
    debug: bool
    store: MailStore
    way: Way
    clock: Clock = SYSTEM_CLOCK
    http_clients: dict[str, HttpClient] = field(default_factory=dict)
    mail_lua_script: Callable[[], Script | None] = lambda: None
