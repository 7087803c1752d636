"""
What this machine has of that which luahost needs, asked of the machine itself.

Each check tries the thing: a Lua runs a line, a worker is started and locked down.
``luahost doctor`` prints them.
"""

from luahost.doctor.checks import Check, State, all_checks

__all__ = ["Check", "State", "all_checks"]
