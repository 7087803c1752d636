"""
What a script's expressions are: users, mailboxes, events, requests, tables of the script's own.

:class:`Meaning` follows values from Dovecot's calls and the script's own tables through variables, parameters
and results, whatever their order; :class:`View` says what of a script can run in a dialect. Both say
"unknown" rather than guess.
"""

from luahost.check.meaning.kinds import Kind, Kinds
from luahost.check.meaning.meaning import Meaning
from luahost.check.meaning.view import View

__all__ = ["Kind", "Kinds", "Meaning", "View"]
