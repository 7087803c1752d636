"""
What scripts ``require``: the host halves of LuaSocket's modules. Their Lua halves are in
``luahost/lua/require/`` and ``luahost/lua/luasocket/``; ``docs/luasocket.md`` says what is offered.

Knows no mail, and of the network only the way out that it is given. The JSON modules are Lua alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from luahost.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from luahost.effects import Effects
    from luahost.exchange import Way
    from luahost.runtime import LuaState
    from luahost.runtime.host_halves import HostHalf, Makers


class Outside(NamedTuple):
    """
    What the host halves work with; see :func:`register`.
    """

    egress: Way
    effects: Effects
    clock: Clock
    sleep: Callable[[float], None]


def _mime(outside: Outside) -> HostHalf:
    from luahost.shims import mime

    return mime.functions()


def _socket(outside: Outside) -> HostHalf:
    from luahost.shims import socket

    return socket.functions(outside.clock.time, outside.sleep)


def _request(outside: Outside) -> HostHalf:
    from luahost.shims import http

    return http.functions(outside.egress, outside.effects, outside.clock)


HALVES: Makers = {
    "luasocket.request": _request,
    "require.mime": _mime,
    "require.socket": _socket,
}
"""Each imports what it takes when a script first asks for it."""


def preload() -> None:
    """
    Import all host halves now, for a process that will have no files.
    """
    from luahost.shims import http, mime, socket  # noqa: F401


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
