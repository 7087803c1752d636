"""
Limits as a test gives them: ``Limits(call_seconds=5)``, or ``{"call_seconds": 5}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luahost.dataclass import fields
from luahost.errors import UsageError
from luahost.runtime import Limits


def limits_of(given: Limits | Mapping[str, Any] | None) -> Limits | None:
    """
    The limits, None for the usual ones.

    Raises:
        UsageError: There is no such limit, or it cannot have this value.
    """
    if given is None or isinstance(given, Limits):
        return given
    names = [field.name for field in fields(Limits)]
    if not isinstance(given, Mapping):
        raise UsageError(f"limits are a mapping of {', '.join(names)}, not {given!r}")
    for name in given:
        if name not in names:
            raise UsageError(f"there is no limit {name!r}; there are {', '.join(names)}")
    return Limits(**given)
