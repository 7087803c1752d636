"""
A transaction that goes from a spool in a file to another spool, or comes from one: its rows, all at once.
"""

from __future__ import annotations

import sqlite3

from luahost.database_file import to_bytes, to_text
from luahost.server.spool.entries import Details, State, Whole, Window
from luahost.server.spool.sqlite_layout import MOVED, found_sequence, id_of

DIED_RUNNING = (
    "UPDATE queue SET state = 'retrying', changed = :time, due = :time,"
    " reason = 'the server ended during this attempt' WHERE state = 'running'"
)
"""What ran when its server died waits for its next attempt."""

_MORE = (
    "SELECT windows.key, windows.until, windows.run, queue.requeued FROM transactions"
    " LEFT JOIN windows USING (sequence) LEFT JOIN queue USING (sequence) WHERE sequence = ?"
)
_TRANSACTION = (
    "INSERT INTO transactions (salt, user, accepted, expires, payload)"
    " VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)"
)
_QUEUE = (
    "INSERT INTO queue (sequence, state, attempts, changed, due, reason, requeued)"
    " VALUES (?, CAST(? AS TEXT), ?, ?, ?, CAST(? AS TEXT), ?)"
)
_DONE = "INSERT INTO done (sequence, attempts, changed, reason) VALUES (?, ?, ?, CAST(? AS TEXT))"
_WINDOW = "INSERT INTO windows (sequence, key, until, run) VALUES (?, CAST(? AS TEXT), ?, ?)"
_ANSWER = "INSERT INTO answers (sequence, key, answer) VALUES (?, CAST(? AS TEXT), ?)"


def whole_of(connection: sqlite3.Connection, details: Details) -> Whole:
    """
    A transaction with what is not shown of it.
    """
    sequence = found_sequence(connection, details.summary.id)
    key, until, run, since = connection.execute(_MORE, (sequence,)).fetchone()
    window = None if key is None else Window(key=to_text(key), until=until)
    return Whole(details=details, window=window, run=_id_at(connection, run), since=since)


def insert_whole(connection: sqlite3.Connection, whole: Whole) -> None:
    """
    Keep one that is not here yet, behind all others.
    """
    details, summary = whole.details, whole.details.summary
    # Its number here is another one, so its id is kept as it is, wherever it came from.
    values = (to_bytes(f"{MOVED}{summary.id}"), to_bytes(summary.user), summary.accepted)
    inserted = connection.execute(_TRANSACTION, (*values, summary.expires, details.payload))
    sequence = inserted.lastrowid
    reason = None if summary.reason is None else to_bytes(summary.reason)
    if summary.state is State.DONE:
        connection.execute(_DONE, (sequence, summary.attempts, summary.changed, reason))
    else:
        state = to_bytes(summary.state)
        queued = (sequence, state, summary.attempts, summary.changed, summary.due, reason, whole.since)
        connection.execute(_QUEUE, queued)
    if whole.window is not None:
        run = None
        if whole.run is not None:
            run = sequence if whole.run == summary.id else found_sequence(connection, whole.run)
        connection.execute(_WINDOW, (sequence, to_bytes(whole.window.key), whole.window.until, run))
    answers = [(sequence, to_bytes(key), answer) for key, answer in details.answers.items()]
    connection.executemany(_ANSWER, answers)


def _id_at(connection: sqlite3.Connection, sequence: int | None) -> str | None:
    query = "SELECT salt FROM transactions WHERE sequence = ?"
    row = None if sequence is None else connection.execute(query, (sequence,)).fetchone()
    return None if row is None or sequence is None else id_of(sequence, to_text(row[0]))
