"""
The seam through which somebody sees which lines of scripts run; ``luahost.testing.coverage`` is behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from luahost.effects import Effect
from luahost.runtime import LuaState


class CoverageSeam(Protocol):
    """
    Hears of every Lua state of a host before its script is loaded, and of every effect.
    """

    def watch(self, state: LuaState, *, dialect: str) -> None:
        """
        A state is made, and knows its ``dovecot`` and ``require``; nothing has been loaded into it.
        """

    def hearing(self, listener: Callable[[Effect], None] | None, *, dialect: str) -> Callable[[Effect], None]:
        """
        Who is to hear of effects, and to tell ``listener``.
        """
