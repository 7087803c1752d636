"""
Lua source as a tree with exact positions, for Lua 5.1 to 5.4 and LuaJIT.

:func:`parse` reads; what it makes stands in :mod:`luahost.check.syntax.nodes`; which variable a name means
says :mod:`luahost.check.syntax.scopes`. Knows Lua and nothing of mail.
"""

from luahost.check.syntax.parser import parse
from luahost.check.syntax.scopes import Binding, GlobalVariable, Scopes, resolve
from luahost.check.syntax.source import Comment, Source, SyntaxProblem

__all__ = [
    "Binding",
    "Comment",
    "GlobalVariable",
    "Scopes",
    "Source",
    "SyntaxProblem",
    "parse",
    "resolve",
]
