"""
Testing: the second door to the engine. What ``luahost run`` shows, this room judges.

Whatever a script did is in ``session.effects``, and everything here reads effects; nothing has a
private way past the engine. pytest is not needed; only the plugin knows it.

The names below are public. They are imported at first use: a test that needs few of them pays for few.
"""

# Type checkers know the name; importing it from typing would cost more than this module.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from luahost.testing.clock import ManualClock as ManualClock
    from luahost.testing.coverage import Coverage as Coverage
    from luahost.testing.endpoint import FAULTS as FAULTS
    from luahost.testing.endpoint import Answer as Answer
    from luahost.testing.endpoint import Endpoint as Endpoint
    from luahost.testing.endpoint import Fault as Fault
    from luahost.testing.endpoint import Request as Request
    from luahost.testing.outcome import Case as Case
    from luahost.testing.outcome import Outcome as Outcome
    from luahost.testing.outcome import Problem as Problem
    from luahost.testing.outcome import RunOptions as RunOptions
    from luahost.testing.push import Push as Push
    from luahost.testing.push import UnexpectedError as UnexpectedError

_WHERE = {
    "luahost.testing.clock": ("ManualClock",),
    "luahost.testing.coverage": ("Coverage",),
    "luahost.testing.endpoint": ("FAULTS", "Answer", "Endpoint", "Fault", "Request"),
    "luahost.testing.outcome": ("Case", "Outcome", "Problem", "RunOptions"),
    "luahost.testing.push": ("Push", "UnexpectedError"),
}

_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [*_MODULE_OF]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"luahost.testing has no {name}")
    import importlib

    return getattr(importlib.import_module(_MODULE_OF[name]), name)
