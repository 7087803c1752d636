"""
What is in a spool's SQLite file, and how its rows are read.

``transactions`` has what came, and is written once. Where it is on its way stands elsewhere, in rows so small
that hundreds share a page: in ``queue`` until it is done, in ``done`` from then on; ``requeued`` is when an
operator last had it queued again. ``answers`` hang on it. ``touched`` names those that an operator changed,
for the server to look at. ``keys`` has a row for each batch that came with a key. ``windows`` has those that
may be run together with others, and in ``run`` the first of those that they were run with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from luahost.database_file import Layout, to_bytes, to_text
from luahost.server.spool.entries import UNFINISHED, State, Summary

_SCHEMA = (
    """
    CREATE TABLE transactions (
        sequence INTEGER PRIMARY KEY,
        salt TEXT NOT NULL,
        user TEXT NOT NULL,
        accepted REAL NOT NULL,
        expires REAL,
        payload BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE queue (
        sequence INTEGER PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'queued',
        attempts INTEGER NOT NULL DEFAULT 0,
        changed REAL,
        due REAL,
        reason TEXT,
        requeued REAL
    )
    """,
    "CREATE INDEX requeued ON queue (requeued) WHERE requeued IS NOT NULL",
    """
    CREATE TABLE done (
        sequence INTEGER PRIMARY KEY,
        attempts INTEGER NOT NULL,
        changed REAL NOT NULL,
        reason TEXT
    )
    """,
    """
    CREATE TABLE answers (
        sequence INTEGER NOT NULL,
        key TEXT NOT NULL,
        answer BLOB NOT NULL,
        PRIMARY KEY (sequence, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE keys (
        key BLOB PRIMARY KEY,
        digest BLOB NOT NULL,
        salt TEXT NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        accepted REAL NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX accepted_keys ON keys (accepted)",
    """
    CREATE TABLE windows (
        sequence INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        until REAL NOT NULL,
        run INTEGER
    )
    """,
    "CREATE TABLE touched (sequence INTEGER PRIMARY KEY, user TEXT NOT NULL)",
)

LAYOUT = Layout(application_id=0x4C756153, version=5, schema=_SCHEMA)  # LuaS

_SUMMARY = "sequence, salt, user, {place}, accepted, expires, length(payload)"

# What has not been claimed yet changed when it was accepted, and was due then: that is not written twice.
_QUEUED = (
    "state, attempts, ifnull(changed, accepted), iif(state = 'queued', ifnull(due, accepted), due), reason"
)

SUMMARY_QUEUED = (
    f"SELECT {_SUMMARY.format(place=_QUEUED)} FROM queue CROSS JOIN transactions USING (sequence)"
)
"""What :func:`summary_of` reads, of those that are not done."""

SUMMARY_DONE = (
    f"""SELECT {_SUMMARY.format(place="'done', attempts, changed, NULL, reason")}"""
    " FROM done CROSS JOIN transactions USING (sequence)"
)
"""The same of those that are."""

GOES_ON = f"state IN {tuple(state.value for state in UNFINISHED)}"
"""Of rows of ``queue``: those of unfinished ones."""

THESE = "(SELECT value FROM json_each(?))"
"""Numbers in a statement, as one parameter: see :func:`these`."""

SALT_BYTES = 6
"""Of the random part of an id."""

MOVED = "="
"""What the salt begins with of a transaction that was moved here, and has another spool's id."""

REMOVE = tuple(
    f"DELETE FROM {table} WHERE sequence IN {THESE}"
    for table in ("transactions", "queue", "done", "answers", "windows")
)


def these(sequences: Iterable[int]) -> str:
    """
    The parameter for ``THESE``. A statement for all of them goes to SQLite once, and not once for each, at
    which other threads would take their turn.
    """
    return json.dumps(list(sequences))


def summary_of(row: tuple[Any, ...]) -> Summary:
    """
    A row of ``SUMMARY_QUEUED`` or ``SUMMARY_DONE``.
    """
    sequence, salt, user, state, attempts, changed, due, reason, accepted, expires, payload_bytes = row
    return Summary(
        id=id_of(sequence, to_text(salt)),
        user=to_text(user),
        state=State(to_text(state)),
        attempts=attempts,
        accepted=accepted,
        changed=changed,
        due=due,
        expires=expires,
        reason=None if reason is None else to_text(reason),
        payload_bytes=payload_bytes,
    )


def answers_of(connection: sqlite3.Connection, sequences: Sequence[int]) -> Mapping[int, dict[str, bytes]]:
    """
    What was recorded for transactions, for those that have anything.
    """
    found: dict[int, dict[str, bytes]] = {}
    query = f"SELECT sequence, key, answer FROM answers WHERE sequence IN {THESE}"
    for sequence, key, answer in connection.execute(query, (these(sequences),)):
        found.setdefault(sequence, {})[to_text(key)] = answer
    return found


def id_of(sequence: int, salt: str) -> str:
    """
    The id: a number to find it by, and a salt so that no other spool has it, nor this one after its file
    was put back from a backup. What was moved here keeps the id that it had.
    """
    return salt.removeprefix(MOVED) if salt.startswith(MOVED) else f"{sequence}-{salt}"


def found_sequence(connection: sqlite3.Connection, id: str) -> int | None:
    """
    Where a transaction is; None if this is no id, or one of another spool that was never here.
    """
    sequence = sequence_of(id)
    row = connection.execute(_AT, (sequence,)).fetchone()
    if row is not None and sequence is not None and id_of(sequence, to_text(row[0])) == id:
        return sequence
    row = connection.execute(_MOVED_HERE, (to_bytes(f"{MOVED}{id}"),)).fetchone()
    return None if row is None else int(row[0])


_AT = "SELECT salt FROM transactions WHERE sequence = ?"
_MOVED_HERE = "SELECT sequence FROM transactions WHERE salt = CAST(? AS TEXT)"


def sequence_of(id: str) -> int | None:
    """
    The number in an id of a spool in a file; None if this is none.
    """
    number, _, salt = id.partition("-")
    plain = number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if plain and "-" not in salt else None
