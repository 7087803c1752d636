"""
From the write-ahead log into the file, beside those who write.

SQLite leaves that to whoever makes the log too long, who then waits for some thousand pages to be written, a
hundred times as long as others. Here it is done on a connection of its own while others go on. They make the
log longer meanwhile, so it is done again until little is left, and the last time nobody may write: only a log
of which all is in the file is begun anew.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence

from luahost.database_file import opened
from luahost.server.spool.sqlite_layout import LAYOUT

CHECKPOINT_PAGES = 1000
"""How long the log gets. What is written again and again meanwhile is copied once, and the disk is busy with
that for some milliseconds."""

PAGE_BYTES = 4096
ROUND_PAGES = 4
"""What a transaction of SQLite writes beside payloads, about: the ends of tables."""

PASSES = 3
"""How often pages are copied while others write."""

log = logging.getLogger("luahost.server")


class Checkpoint:
    """
    What copies the log.

    Args:
        path: The spool's file, which is there.

        turn: Who has it writes.

    Raises:
        InputError, sqlite3.Error: The file cannot be used.
    """

    def __init__(self, path: str, turn: threading.Lock) -> None:
        self._turn = turn
        self._pages = 0.0
        self._connection = opened(path, LAYOUT)

    def written(self, payloads: Sequence[bytes | bytearray]) -> None:
        """
        Hear what was written, by whom the turn is.
        """
        self._pages += ROUND_PAGES + sum(map(len, payloads)) / PAGE_BYTES

    @property
    def is_due(self) -> bool:
        """
        Whether the log is long enough.
        """
        return self._pages >= CHECKPOINT_PAGES

    def make(self) -> None:
        """
        Copy what is in the log. A disk without room for that has none for what is put either, and that is
        refused; here it is tried again when the log is longer.
        """
        self._pages = 0.0
        try:
            for _ in range(PASSES):
                if self._all_is_copied():
                    break
            with self._turn:
                self._all_is_copied()
        except sqlite3.Error as error:
            log.warning("the spool's log cannot be copied into its file yet: %s", error)

    def close(self) -> None:
        """
        Let the file go.
        """
        self._connection.close()

    def _all_is_copied(self) -> bool:
        _, pages, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return bool(pages == copied)
