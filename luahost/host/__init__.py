"""
``Host`` and ``Session``: the engine with its parts put together.

A host is a script, or a list of drivers, with settings, dialect and Lua version. A session is what
Dovecot has for one login or one delivery: a user, fresh Lua states, and any number of transactions one
after the other or overlapping. What happened is in ``session.effects``.
"""

from luahost.host.host import Host, Inside
from luahost.host.session import Session

__all__ = ["Host", "Inside", "Session"]
