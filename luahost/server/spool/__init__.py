"""
Where transactions are kept between their arrival and their end.

:mod:`~luahost.server.spool.spool` is the seam.
"""

from luahost.server.spool.spool import (
    FINISHED,
    UNFINISHED,
    Claim,
    Details,
    Entry,
    Spool,
    SpoolControl,
    SpoolStatus,
    State,
    Summary,
)

__all__ = [
    "FINISHED",
    "UNFINISHED",
    "Claim",
    "Details",
    "Entry",
    "Spool",
    "SpoolControl",
    "SpoolStatus",
    "State",
    "Summary",
]
