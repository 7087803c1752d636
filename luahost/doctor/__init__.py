"""
Whether all is there that luahost needs and works: the machine, a configuration and what it names, and the
Dovecot that is to push.

Each check tries the thing where it can: a Lua runs a line, a script is loaded in a locked-down worker, the
disk is written to, an endpoint is asked. Nothing is changed, no transaction is brought, and nothing is sent
that could be taken for a push. ``luahost doctor`` prints them.
"""

from luahost.doctor.check import Check, State
from luahost.doctor.examination import Examination
from luahost.doctor.users import Who

__all__ = ["Check", "Examination", "State", "Who"]
