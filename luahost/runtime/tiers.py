"""
The two tiers in which a script can run, behind one seam.

In process: fast and easy to debug, and a script can take the process along. In a worker: a process of its
own, locked down, which can be killed.
"""

from __future__ import annotations

from luahost.runtime.state import LuaState


def state_kind(*, isolate: bool) -> type[LuaState]:
    """
    The kind of Lua state of a tier; both take the same arguments.
    """
    if not isolate:
        return LuaState
    # Half of it is about processes, which a script in this one does not need.
    from luahost.runtime.worker_state import WorkerState

    return WorkerState
