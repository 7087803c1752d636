"""
The dialects: what scripts see, as one table of switches.

``documented`` is what the two documents say; ``2.3`` and ``2.4`` are what Dovecot 2.3.19.1 and 2.4.1
do. Code asks the dialect for a switch and never for its name. Where the documents are silent,
``documented`` has what real Dovecot does.
"""

from __future__ import annotations

from luahost.dialects.columns import DIALECTS
from luahost.dialects.switches import Dialect
from luahost.errors import UsageError

__all__ = ["DEFAULT_DIALECT", "DIALECTS", "Dialect", "dialect"]

DEFAULT_DIALECT = "documented"


def dialect(name: str) -> Dialect:
    """
    The dialect of that name.

    Raises:
        UsageError: There is none.
    """
    try:
        return DIALECTS[name]
    except KeyError:
        raise UsageError(f"no dialect {name}; there are {', '.join(DIALECTS)}") from None
