"""
What is in a spool's SQLite file, and how its rows are read.

``transactions`` has a row each, small enough that a change of state writes little; ``finished`` is when it
came into a state in which it stays. ``payloads`` and ``answers`` hang on it. ``touched`` names the rows that
an operator changed, for the server to look at. ``keys`` has a row for each batch that came with a key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from luahost.database_file import Layout, to_text
from luahost.server.spool.entries import State, Summary

_SCHEMA = (
    """
    CREATE TABLE transactions (
        sequence INTEGER PRIMARY KEY,
        salt TEXT NOT NULL,
        user TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        accepted REAL NOT NULL,
        changed REAL NOT NULL,
        finished REAL,
        due REAL,
        expires REAL,
        payload_bytes INTEGER NOT NULL,
        reason TEXT
    )
    """,
    # A claim changes neither, so that it writes little.
    "CREATE INDEX unfinished ON transactions (accepted) WHERE finished IS NULL",
    "CREATE INDEX finished ON transactions (finished, state) WHERE finished IS NOT NULL",
    "CREATE TABLE payloads (sequence INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
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
    "CREATE TABLE touched (sequence INTEGER PRIMARY KEY, user TEXT NOT NULL)",
)

LAYOUT = Layout(application_id=0x4C756153, version=2, schema=_SCHEMA)  # LuaS

SUMMARY = (
    "SELECT sequence, salt, user, state, attempts, accepted, changed, due, expires, reason, payload_bytes"
    " FROM transactions"
)
"""What :func:`summary_of` reads."""

MOST_PARAMETERS = 500
"""In one statement; an SQLite may be built with 999 at most."""

REMOVE = tuple(f"DELETE FROM {table} WHERE sequence = ?" for table in ("transactions", "payloads", "answers"))


def summary_of(row: tuple[Any, ...]) -> Summary:
    """
    A row of ``SUMMARY``.
    """
    sequence, salt, user, state, attempts, accepted, changed, due, expires, reason, payload_bytes = row
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
    for some in portions(sequences):
        query = f"SELECT sequence, key, answer FROM answers WHERE sequence IN ({','.join('?' * len(some))})"
        for sequence, key, answer in connection.execute(query, some):
            found.setdefault(sequence, {})[to_text(key)] = answer
    return found


def portions(sequences: Sequence[int]) -> Iterator[Sequence[int]]:
    """
    The same, so many at a time as SQLite takes parameters.
    """
    for begin in range(0, len(sequences), MOST_PARAMETERS):
        yield sequences[begin : begin + MOST_PARAMETERS]


def id_of(sequence: int, salt: str) -> str:
    """
    The id: a number to find it by, and a salt so that no other spool has it, nor this one after its file
    was put back from a backup.
    """
    return f"{sequence}-{salt}"


def sequence_of(id: str) -> int | None:
    """
    The number in an id; None if this is none.
    """
    number = id.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
