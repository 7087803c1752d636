"""
Where transactions are kept between their arrival and their end.

:mod:`~luahost.server.spool.spool` is the seam; :class:`SqliteSpool` and :class:`SqliteControl` are behind it.
"""

from luahost.server.spool.entries import (
    FINISHED,
    UNFINISHED,
    Answered,
    Batch,
    Claim,
    Details,
    Entry,
    Machine,
    PutKey,
    SpoolStatus,
    State,
    Summary,
    Whole,
    Window,
)
from luahost.server.spool.owner_lock import owner_of
from luahost.server.spool.putting import Kept
from luahost.server.spool.spool import Puts, Spool, SpoolControl
from luahost.server.spool.sqlite_control import SqliteControl
from luahost.server.spool.sqlite_spool import SqliteSpool

__all__ = [
    "FINISHED",
    "UNFINISHED",
    "Answered",
    "Batch",
    "Claim",
    "Details",
    "Entry",
    "Kept",
    "Machine",
    "PutKey",
    "Puts",
    "Spool",
    "SpoolControl",
    "SpoolStatus",
    "SqliteControl",
    "SqliteSpool",
    "State",
    "Summary",
    "Whole",
    "Window",
    "owner_of",
]
