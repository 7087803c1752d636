"""
What LuaSocket's ``socket`` needs of the host: the time, and time to pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


LONGEST_SLEEP_SECONDS = 1e6
"""Python cannot be told to sleep for ever; this is long enough for a script."""


def functions(now: Callable[[], float], sleep: Callable[[float], None]) -> dict[str, Callable[..., Any]]:
    """
    The host half of ``luahost/lua/require/socket.lua``.
    """

    def gettime() -> float:
        return float(now())

    def pass_time(seconds: float) -> None:
        sleep(min(max(0.0, seconds), LONGEST_SLEEP_SECONDS))

    return {"gettime": gettime, "sleep": pass_time}
