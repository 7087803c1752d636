"""
Regular expressions that are compiled when they are first used.

Modules name their patterns at the top, and a command uses few of those that it imports: the seventy that
``luahost run`` came by were a fifth of what it took to start.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """
    What :func:`re.compile` answers, to its users. A pattern that is none fails at its first use.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))


class _Pattern:
    def __init__(self, pattern: Any, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        # A method is asked for here once; from then on it is an attribute like others.
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found
