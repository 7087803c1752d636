"""
Time and chance under the host's control: a state's ``os.time``, ``os.date``, ``os.clock``, ``math.random``.

Only states whose host has a clock of its own, or a seed, are changed; in all others Lua keeps its own
functions. The Lua half is ``luahost/lua/controlled/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.clock import NANOSECONDS
from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.clock import Clock
    from luahost.runtime.state import LuaState

LARGEST_SEED = 2**53
"""Beyond it, not every Lua version has all whole numbers."""


def install(state: LuaState, clock: Clock, seed: int | None) -> None:
    """
    Let the script's ``os.time``, ``os.date`` and ``os.clock`` ask this clock, if it is not the machine's, and
    its ``math.random`` draw what follows from this seed, if there is one. Before the script is loaded.
    """
    if clock.real and seed is None:
        return
    state.register("controlled.clock", {"time": lambda: clock.time_ns() // NANOSECONDS, "cpu": clock.cpu})
    with state.meter.pausing():
        state.entry("controlled.install", "install")(not clock.real, seed)


def check_seed(seed: int) -> None:
    """
    Refuse what is no seed.

    Raises:
        UsageError: It is no whole number, or too large.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or abs(seed) > LARGEST_SEED:
        raise UsageError(f"a seed is a whole number between -2^53 and 2^53, not {seed!r}")
