"""
Time and chance under the host's control: a state's ``os.time``, ``os.date``, ``os.clock``, ``math.random``.

Only states whose host has a clock of its own, or a seed, are changed; in all others Lua keeps its own
functions. The Lua halves are ``luahost/lua/runtime/clock.lua`` and ``luahost/lua/runtime/random.lua``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.clock import Clock
    from luahost.runtime.state import LuaState

LARGEST_SEED = 2**53
"""Beyond it, not every Lua version has all whole numbers."""


def install_clock(state: LuaState, clock: Clock) -> None:
    """
    Let the script's ``os.time``, ``os.date`` and ``os.clock`` ask this clock. Before the script is loaded.
    """
    state.register("runtime.clock", {"time": lambda: clock.time_ns() // 1_000_000_000, "cpu": clock.cpu})
    with state.meter.pausing():
        state.entry("runtime.clock", "install")()


def install_seed(state: LuaState, seed: int) -> None:
    """
    Let the script's ``math.random`` draw what follows from this seed. Before the script is loaded.

    Raises:
        UsageError: The seed is no whole number, or too large.
    """
    check_seed(seed)
    with state.meter.pausing():
        state.entry("runtime.random", "install")(seed)


def check_seed(seed: int) -> None:
    """
    Refuse what is no seed.

    Raises:
        UsageError: It is no whole number, or too large.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or abs(seed) > LARGEST_SEED:
        raise UsageError(f"a seed is a whole number between -2^53 and 2^53, not {seed!r}")
