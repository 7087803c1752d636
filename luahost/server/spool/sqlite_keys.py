"""
The keys of batches in a spool's file: what was brought before is answered as before.

A key is there from the moment that its batch is, as both are written together. The ids of a batch are
consecutive, so the first and their number say all of them. Of a key only a hash is kept: keys are clients'
own, and long.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

from luahost.database_file import to_bytes, to_text
from luahost.errors import KeyReusedError
from luahost.server.spool.entries import PutKey
from luahost.server.spool.sqlite_layout import id_of

KEY_BYTES = 16
"""Of a key's hash."""

KeyRow = tuple[bytes, bytes, bytes, int, int, float]
"""Hash, digest, salt, first sequence, number of transactions, time."""

INSERT_KEY = (
    "INSERT INTO keys (key, digest, salt, first, count, accepted) VALUES (?, ?, CAST(? AS TEXT), ?, ?, ?)"
)

FORGET_KEYS = "DELETE FROM keys WHERE key IN (SELECT key FROM keys WHERE accepted < ? LIMIT ?)"

_KNOWN = "SELECT key, digest, salt, first, count, accepted FROM keys WHERE key = ?"


def key_row(key: PutKey, salt: str, *, first: int, count: int, time: float) -> KeyRow:
    """
    What is kept of a key with its batch.
    """
    return (_hash(key), key.digest, to_bytes(salt), first, count, time)


def known_ids(
    connection: sqlite3.Connection, key: PutKey, being_written: Mapping[bytes, KeyRow]
) -> list[str] | None:
    """
    The ids that a batch with this key has already; None if there was none.

    Args:
        connection: To the file.

        key: The key.

        being_written: What is about to be written, by the key's hash.

    Raises:
        KeyReusedError: It was another batch.
    """
    hashed = _hash(key)
    row = being_written.get(hashed) or connection.execute(_KNOWN, (hashed,)).fetchone()
    if row is None:
        return None
    _, digest, salt, first, count, _ = row
    if digest != key.digest:
        raise KeyReusedError("this idempotency key came before, with other transactions")
    return [id_of(sequence, to_text(salt)) for sequence in range(first, first + count)]


def _hash(key: PutKey) -> bytes:
    return hashlib.blake2b(to_bytes(key.key), digest_size=KEY_BYTES).digest()
