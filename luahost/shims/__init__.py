"""
What scripts ``require``: the host halves of LuaSocket's modules. Their Lua halves are in
``luahost/lua/require/`` and ``luahost/lua/luasocket/``; ``docs/luasocket.md`` says what is offered.

Knows no mail, and of the network only the way out that it is given. The JSON modules are Lua alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.shims import http, mime, socket

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from luahost.effects import Effects
    from luahost.exchange import Way
    from luahost.runtime import LuaState


class Outside(NamedTuple):
    """
    What the host halves work with; see :func:`register`.
    """

    egress: Way
    effects: Effects
    clock: Clock
    sleep: Callable[[float], None]


HALVES: dict[str, Callable[[Outside], dict[str, Callable[..., Any]]]] = {
    "require.mime": lambda outside: mime.functions(),
    "require.socket": lambda outside: socket.functions(outside.clock.time, outside.sleep),
    "luasocket.request": lambda outside: http.functions(outside.egress, outside.effects, outside.clock),
}


def register(
    state: LuaState,
    *,
    egress: Way,
    effects: Effects,
    clock: Clock = SYSTEM_CLOCK,
    sleep: Callable[[float], None] | None = None,
) -> None:
    """
    Offer a Lua state all host halves.

    Args:
        state: The state, before its script is loaded.

        egress: The way out for ``socket.http`` and ``ssl.https``.

        effects: Gets the exchanges.

        clock: The time.

        sleep: What ``socket.sleep`` does, in seconds; what the clock does, unless given.
    """
    state.offer(HALVES, Outside(egress, effects, clock, sleep or clock.sleep))
