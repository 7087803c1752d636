"""
What the writer of a spool's file does in it: statements, and nothing kept in mind.

Each is for many transactions at once, as far as it can be: SQLite lets other threads have their turn at every
step of a statement, and whoever waits for the writer waits for that.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from luahost.database_file import opened, to_bytes, to_text
from luahost.errors import SpoolError
from luahost.server.spool.entries import Claim, State, Summary
from luahost.server.spool.owner_lock import identity_of
from luahost.server.spool.sqlite_layout import (
    GOES_ON,
    LAYOUT,
    SUMMARY_QUEUED,
    THESE,
    answers_of,
    id_of,
    summary_of,
    these,
)
from luahost.server.spool.turns import Joining

LONGEST_LOG_PAGES = 16384
"""How long the write-ahead log gets before who writes copies its pages into the file, if nobody else did
before: see :mod:`~luahost.server.spool.sqlite_checkpoint`."""

MOST_ROWS = 64
"""In one statement; a power of two, so that there are few statements to prepare."""

Row = tuple[int, str | bytearray, float | None, bytearray]
"""Sequence, user, end, payload."""

AnswerRow = tuple[int, bytes, bytes]
"""An answer: its transaction's sequence, its key, itself."""

EndRow = tuple[State, int, float | None, str | None, int]
"""State, attempts, when it is due, why, sequence."""

WindowRow = tuple[int, bytes, float]
"""Sequence, key, end of the window."""

Standing = tuple[int, str, State, float, float | None, float | None, str, Joining | None, int | None]
"""Sequence, user, state, when that changed, due, end, salt, what it may join, what it has joined."""

_TEXT = "CAST(? AS TEXT)"
_INSERT = "INSERT INTO transactions (sequence, salt, user, accepted, expires, payload) VALUES "
_QUEUE = "INSERT INTO queue (sequence) SELECT sequence FROM transactions WHERE sequence BETWEEN ? AND ?"
_WINDOW = f"INSERT INTO windows (sequence, key, until) VALUES (?, {_TEXT}, ?)"
_LATER = "UPDATE queue SET due = ? WHERE sequence = ?"
_JOIN = "UPDATE windows SET run = ? WHERE sequence = ?"
_ANSWER = f"INSERT OR REPLACE INTO answers (sequence, key, answer) VALUES (?, {_TEXT}, ?)"
_CLAIM = (
    "UPDATE queue SET state = 'running', attempts = attempts + 1, changed = ?, due = NULL"
    f" WHERE sequence IN {THESE}"
)
_DONE = (
    "INSERT INTO done (sequence, attempts, changed, reason) SELECT sequence, attempts, ?, reason FROM queue"
    f" WHERE sequence IN {THESE}"
)
_LEAVE = f"DELETE FROM queue WHERE sequence IN {THESE}"
_END = (
    f"UPDATE queue SET state = {_TEXT}, attempts = ?, changed = ?, due = ?, reason = ifnull({_TEXT}, reason)"
    " WHERE sequence = ?"
)
_EXPIRE = (
    f"UPDATE queue SET state = 'expired', changed = ?, due = NULL, reason = ifnull(reason, {_TEXT})"
    f" WHERE sequence IN {THESE}"
)
_EXPIRED = f"{SUMMARY_QUEUED} WHERE sequence IN {THESE} ORDER BY sequence"
_DIED = (
    f"UPDATE queue SET state = 'retrying', changed = ?, due = ?, reason = {_TEXT} WHERE sequence IN {THESE}"
)
_CLAIMED = (
    "SELECT sequence, salt, user, attempts, accepted, expires, payload FROM queue CROSS JOIN transactions"
    f" USING (sequence) WHERE sequence IN {THESE}"
)
_STANDING = (
    "SELECT sequence, user, state, ifnull(changed, accepted), due, expires, salt, key, accepted, until, run"
    " FROM queue CROSS JOIN transactions USING (sequence) LEFT JOIN windows USING (sequence)"
)


@functools.cache
def _insert(number: int) -> str:
    """
    The statement for so many rows; salt and time, which they share, are its first parameters.
    """
    firsts = range(3, 3 + 4 * number, 4)
    rows = (f"(?{n}, ?1, CAST(?{n + 1} AS TEXT), ?2, ?{n + 2}, ?{n + 3})" for n in firsts)
    return _INSERT + ", ".join(rows)


class SpoolFile:
    """
    The file, as its writer has it.

    Args:
        path: Where it is.

    Attributes:
        connection: To the file.
    """

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        self.connection = opened(path, LAYOUT)
        self._identity = identity_of(self._path)
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {LONGEST_LOG_PAGES}")

    def check(self) -> None:
        """
        See that it is where it was. SQLite goes on writing to one that was moved or removed, and to its log,
        where nobody would find that again.

        Raises:
            SpoolError: It is not, or that cannot be seen.
        """
        if identity_of(self._path) != self._identity:
            raise SpoolError(
                f"{self._path}: the file that the server has open is not there any more, but moved, removed "
                "or replaced: put it back, or start the server again"
            )

    def version(self) -> int:
        """
        A number that is another one after others have changed the file.
        """
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def prove(self) -> None:
        """
        Write what is there already: it takes a page of the disk.
        """
        self.connection.execute(f"PRAGMA user_version = {LAYOUT.version}")

    def put(self, rows: Sequence[Row], salt: str, time: float) -> None:
        """
        Keep these, whose sequences are consecutive.
        """
        begin = 0
        while begin < len(rows):
            number = min(MOST_ROWS, 1 << ((len(rows) - begin).bit_length() - 1))
            values = [salt, time, *chain.from_iterable(rows[begin : begin + number])]
            self.connection.execute(_insert(number), values)
            begin += number
        self.connection.execute(_QUEUE, (rows[0][0], rows[-1][0]))

    def open_windows(self, rows: Sequence[WindowRow]) -> None:
        """
        These that are just put wait for others.
        """
        self.connection.executemany(_WINDOW, rows)
        self.connection.executemany(_LATER, [(until, sequence) for sequence, _, until in rows])

    def join(self, rows: Sequence[tuple[int, int]]) -> None:
        """
        Run these with others.

        Args:
            rows: The first of those that run together, and one of them.
        """
        self.connection.executemany(_JOIN, rows)

    def record(self, answers: Sequence[AnswerRow]) -> None:
        """
        Keep answers.
        """
        self.connection.executemany(_ANSWER, answers)

    def claim(self, sequences: Iterable[int], time: float) -> None:
        """
        These are running, an attempt more.
        """
        self.connection.execute(_CLAIM, (time, these(sequences)))

    def done(self, sequences: Iterable[int], time: float) -> None:
        """
        These have been run.
        """
        numbers = these(sequences)
        self.connection.execute(_DONE, (time, numbers))
        self.connection.execute(_LEAVE, (numbers,))

    def end(self, rows: Sequence[EndRow], time: float) -> None:
        """
        Attempts have ended otherwise.
        """
        self.connection.executemany(
            _END,
            [
                (to_bytes(state), attempts, time, due, None if reason is None else to_bytes(reason), sequence)
                for state, attempts, due, reason, sequence in rows
            ],
        )

    def expire(self, sequences: Iterable[int], time: float, reason: str) -> list[Summary]:
        """
        The time of these is over; answers what is to be said of them.
        """
        numbers = these(sequences)
        self.connection.execute(_EXPIRE, (time, to_bytes(reason), numbers))
        return [summary_of(row) for row in self.connection.execute(_EXPIRED, (numbers,))]

    def died(self, sequences: Iterable[int], time: float, reason: str) -> None:
        """
        These were running in a process that is no more.
        """
        self.connection.execute(_DIED, (time, time, to_bytes(reason), these(sequences)))

    def claims(self, sequences: Sequence[int]) -> Iterator[tuple[int, Claim]]:
        """
        These as whoever has claimed them gets them, by their sequence.
        """
        answers = answers_of(self.connection, sequences)
        rows = self.connection.execute(_CLAIMED, (these(sequences),)).fetchall()
        for sequence, salt, user, attempts, accepted, expires, payload in rows:
            claim = Claim(
                id=id_of(sequence, to_text(salt)),
                user=to_text(user),
                payload=payload,
                attempt=attempts,
                accepted=accepted,
                expires=expires,
                answers=answers.get(sequence, {}),
            )
            yield sequence, claim

    def unfinished(self) -> Iterator[Standing]:
        """
        All that go on by themselves, in order. Read one by one: there may be many.
        """
        query = f"{_STANDING} WHERE {GOES_ON} ORDER BY sequence"
        return map(_standing, self.connection.execute(query))

    def touched(self) -> list[tuple[int, str, Standing | None]]:
        """
        What others have changed since this was last asked: sequence, user, and how it stands if it goes on.
        """
        found: list[tuple[int, str, Standing | None]] = []
        query = f"{_STANDING} WHERE sequence = ? AND {GOES_ON}"
        for sequence, user in self.connection.execute("SELECT sequence, user FROM touched").fetchall():
            row = self.connection.execute(query, (sequence,)).fetchone()
            found.append((sequence, to_text(user), None if row is None else _standing(row)))
        self.connection.execute("DELETE FROM touched")
        return found

    def last_sequence(self) -> int:
        """
        The highest number that a transaction has, 0 if there is none.
        """
        return int(self.connection.execute("SELECT max(sequence) FROM transactions").fetchone()[0] or 0)


def _standing(row: tuple[Any, ...]) -> Standing:
    sequence, user, state, changed, due, expires, salt, key, accepted, until, run = row
    joining = None if key is None else Joining(to_text(key), accepted, until)
    return sequence, to_text(user), State(to_text(state)), changed, due, expires, to_text(salt), joining, run
