"""
What scripts ``require``: the host halves of LuaSocket's modules. Their Lua halves are in
``luahost/lua/require/`` and ``luahost/lua/luasocket/``; ``docs/luasocket.md`` says what is offered.

Knows no mail, and of the network only the way out that it is given. The JSON modules are Lua alone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from luahost.shims import http, mime, socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from luahost.effects import Effects
    from luahost.exchange import Way
    from luahost.runtime import LuaState


def register(
    state: LuaState,
    *,
    egress: Way,
    effects: Effects,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """
    Give a Lua state all host halves.

    Args:
        state: The state, before its script is loaded.

        egress: The way out for ``socket.http`` and ``ssl.https``.

        effects: Gets the exchanges.

        now: What ``socket.gettime`` answers from, in seconds since 1970.

        sleep: What ``socket.sleep`` does, in seconds.
    """
    state.register("require.mime", mime.functions())
    state.register("require.socket", socket.functions(now, sleep))
    state.register("require.socket.http", http.functions(egress, effects))
