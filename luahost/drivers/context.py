"""
What drivers work with: one session's user, settings and effects, and the way to a Lua state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from luahost.dialects import Dialect
from luahost.effects import Effects
from luahost.runtime import LuaState


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverContext:
    """
    The seams that drivers reach.

    Attributes:
        username: The session's user.

        settings: Plugin settings.

        debug: Whether debug lines are written that Dovecot writes with debugging on.

        new_state: Makes the Lua state for the script of this path, with ``dovecot`` and ``require`` in
            place.
    """

    username: str
    settings: Mapping[str, str]
    dialect: Dialect
    effects: Effects
    new_state: Callable[[str], LuaState]
    debug: bool
