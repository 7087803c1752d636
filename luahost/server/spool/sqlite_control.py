"""
The operator's side of a spool in an SQLite file, for any process, beside a server or without one.

What it changes it names in ``touched``, so that a server that is running follows. Each method is one
transaction, for as many as it is told of, or several short ones, so nobody waits long.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.database_file import is_there, opened, reason_of, to_bytes, transaction
from luahost.errors import InputError, SpoolError, UsageError
from luahost.server.spool.entries import FINISHED, Details, Machine, SpoolStatus, State, Summary, Whole
from luahost.server.spool.owner_lock import OwnerLock, owner_of
from luahost.server.spool.spool import SpoolControl
from luahost.server.spool.sqlite_keys import FORGET_KEYS
from luahost.server.spool.sqlite_layout import (
    GOES_ON,
    LAYOUT,
    REMOVE,
    SALT_BYTES,
    SUMMARY_DONE,
    SUMMARY_QUEUED,
    answers_of,
    found_sequence,
    id_of,
    summary_of,
    these,
)
from luahost.server.spool.sqlite_moving import DIED_RUNNING, insert_whole, whole_of
from luahost.server.spool.this_machine import own_id, own_name

AT_ONCE = 1000
"""How many rows one transaction changes: a server that writes meanwhile waits for so many."""

_PASSING = ("SQLITE_FULL", "SQLITE_BUSY", "SQLITE_IOERR", "SQLITE_NOMEM")
"""The errors after which the same call may succeed."""

_RETRIED = (State.DEAD, State.EXPIRED, State.RETRYING)


class SqliteControl(SpoolControl):
    """
    A spool's file in the hands of its operator. Threads may share it.

    Args:
        path: The file.

        make: Whether it is made if it is not there.

        clock: What time it is.

    Raises:
        InputError: The file is not there or empty, may not be read, or is no spool.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, make: bool = False, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._path = os.fspath(path)
        self._clock = clock
        self._lock = threading.RLock()
        self._others_until = 0.0
        if not make and not is_there(self.path):
            raise InputError("there is no spool here; luahost serve makes it", file=self.path)
        with spool_errors(self.path):
            self._connection = opened(self.path, LAYOUT)

    @property
    def path(self) -> str:
        """
        See :attr:`~luahost.server.spool.spool.SpoolControl.path`.
        """
        return self._path

    def machines(self) -> list[Machine]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.machines`.
        """
        owner = owner_of(self._path)
        if owner is None:
            return []
        return [Machine(name=own_name(), process=owner.process, ending=owner.ending, id=own_id())]

    def transactions(
        self,
        *,
        states: Sequence[State] = (),
        user: str | None = None,
        since: float | None = None,
        until: float | None = None,
        most: int | None = None,
    ) -> list[Summary]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.transactions`.
        """
        ended = [("changed >= ?", since), ("changed < ?", until)]
        limits = [(condition, moment) for condition, moment in ended if moment is not None]
        # What goes on has not come to an end yet.
        states = [state for state in states or State if not limits or state in FINISHED]
        if not states:
            return []
        queued = [state for state in states if state is not State.DONE]
        kinds = [(SUMMARY_QUEUED, f"state IN ({_marks(queued)})", queued)] if queued else []
        kinds += [(SUMMARY_DONE, "TRUE", [])] if State.DONE in states else []
        queries, values = [], list[bytes | float]()
        for summary, condition, wanted in kinds:
            values += [to_bytes(state) for state in wanted]
            if user is not None:
                condition += f" AND user = {_TEXT}"
                values.append(to_bytes(user))
            for ending, moment in limits:
                condition += f" AND {ending}"
                values.append(moment)
            queries.append(f"{summary} WHERE {condition}")
        query = f"{' UNION ALL '.join(queries)} ORDER BY sequence LIMIT ?"
        values.append(-1 if most is None else most)
        with self._reading() as connection:
            rows = connection.execute(query, values).fetchall()
        return [summary_of(row) for row in rows]

    def show(self, id: str) -> Details | None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.show`.
        """
        with self._reading() as connection, transaction(connection, "DEFERRED"):
            summary = _found(connection, id)
            if summary is None:
                return None
            sequence = found_sequence(connection, id)
            assert sequence is not None
            payload = connection.execute("SELECT payload FROM transactions WHERE sequence = ?", (sequence,))
            return Details(
                summary=summary,
                payload=payload.fetchone()[0],
                answers=answers_of(connection, [sequence]).get(sequence, {}),
            )

    def status(self) -> SpoolStatus:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.status`.
        """
        with self._reading() as connection, transaction(connection, "DEFERRED"):
            rows = connection.execute(_COUNTS).fetchall()
            oldest = connection.execute(_OLDEST).fetchone()[0]
        found = {State(state.decode()): count for state, count in rows}
        return SpoolStatus(counts={state: found.get(state, 0) for state in State}, oldest=oldest)

    def retry(self, *ids: str, expires: float | None = None) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.retry`.
        """
        found: list[Summary | None] = []
        with self._in_turn() as connection:
            for id in ids:
                before = _found(connection, id)
                if before is not None and before.state in _RETRIED:
                    now, sequence = self._clock.time(), found_sequence(connection, id)
                    connection.execute(_RETRY, (now, now, now, sequence))
                    connection.execute(_EXPIRES, (expires, sequence))
                    _touch(connection, before)
                found.append(before)
        return found

    def replay(
        self, ids: Sequence[str], *, expires: float | None = None, new_ids: bool = False
    ) -> dict[str, str]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.replay`.
        """
        replayed: dict[str, str] = {}
        with self._in_turn() as connection:
            for id in ids:
                before = _found(connection, id)
                if before is not None and before.state in FINISHED:
                    salt = secrets.token_hex(SALT_BYTES) if new_ids else None
                    replayed[id] = self._replay(connection, before, salt, expires)
        return replayed

    def drop(self, *ids: str) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.drop`.
        """
        found: list[Summary | None] = []
        with self._in_turn() as connection:
            for id in ids:
                before = _found(connection, id)
                if before is not None and before.state is not State.RUNNING:
                    _touch(connection, before)
                    numbers = f"[{found_sequence(connection, id)}]"
                    for statement in REMOVE:
                        connection.execute(statement, (numbers,))
                found.append(before)
        return found

    def purge(self, *, before: float, states: Sequence[State] = (State.DONE,)) -> int:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.purge`.
        """
        unfinished = [state.value for state in states if state not in FINISHED]
        if unfinished:
            raise UsageError(f"{', '.join(unfinished)}: only what is finished can be purged")
        return sum(self._purged(state, before) for state in states)

    def forget_keys(self, *, before: float) -> int:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.forget_keys`.
        """
        total = 0
        while True:
            with self._in_turn() as connection:
                forgotten = connection.execute(FORGET_KEYS, (before, AT_ONCE)).rowcount
            total += forgotten
            if forgotten < AT_ONCE:
                return total

    def _replay(
        self, connection: sqlite3.Connection, before: Summary, salt: str | None, expires: float | None
    ) -> str:
        """
        Queue one; answers its id.
        """
        sequence, now = found_sequence(connection, before.id), self._clock.time()
        assert sequence is not None
        for table in ("answers", "done", "queue"):
            connection.execute(f"DELETE FROM {table} WHERE sequence = ?", (sequence,))
        _touch(connection, before)
        connection.execute(_REQUEUE, (sequence, now, now, now))
        connection.execute(_EXPIRES, (expires, sequence))
        if salt is not None:
            connection.execute(_RENEW, (to_bytes(salt), sequence))
        return before.id if salt is None else id_of(sequence, salt)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.alone`.
        """
        owner = OwnerLock(self._path)
        try:
            with self._changing() as connection:
                connection.execute(DIED_RUNNING, {"time": self._clock.time()})
            yield
        finally:
            owner.release()

    def whole(self, ids: Sequence[str]) -> list[Whole]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.whole`.
        """
        found = [details for id in ids if (details := self.show(id)) is not None]
        with self._reading() as connection:
            return [whole_of(connection, details) for details in found]

    def take_in(self, wholes: Sequence[Whole]) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.take_in`.
        """
        with self._changing() as connection:
            for whole in wholes:
                if _found(connection, whole.details.summary.id) is None:
                    insert_whole(connection, whole)

    def let_go(self, ids: Sequence[str]) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.let_go`.
        """
        with self._changing() as connection:
            found = [found_sequence(connection, id) for id in ids]
            numbers = these(sequence for sequence in found if sequence is not None)
            for statement in REMOVE:
                connection.execute(statement, (numbers,))

    def close(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.close`.
        """
        with self._lock:
            self._connection.close()

    def _purged(self, state: State, before: float) -> int:
        total = 0
        while True:
            with self._in_turn() as connection:
                found = connection.execute(
                    _DONE if state is State.DONE else _ENDED,
                    {"state": to_bytes(state), "before": before, "most": AT_ONCE},
                ).fetchall()
                numbers = these(sequence for (sequence,) in found)
                for statement in REMOVE:
                    connection.execute(statement, (numbers,))
            total += len(found)
            if len(found) < AT_ONCE:
                return total

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, spool_errors(self.path):
            yield self._connection

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection, transaction(connection):
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[sqlite3.Connection]:
        """
        The same for what may be one change of many. A server that waits for the file looks for it now and
        then only, and would not find it free between two of them; so it gets half as long as the last took.
        """
        time.sleep(max(self._others_until - time.monotonic(), 0.0))
        with self._changing() as connection:
            began = time.monotonic()
            yield connection
        ended = time.monotonic()
        self._others_until = ended + (ended - began) / 2


_TEXT = "CAST(? AS TEXT)"
_COUNTS = "SELECT state, count(*) FROM queue GROUP BY state UNION ALL SELECT 'done', count(*) FROM done"
_OLDEST = (
    "SELECT min(moment) FROM (SELECT accepted AS moment FROM transactions WHERE sequence ="
    f" (SELECT sequence FROM queue WHERE {GOES_ON} AND requeued IS NULL ORDER BY sequence LIMIT 1)"
    f" UNION ALL SELECT min(requeued) FROM queue WHERE requeued IS NOT NULL AND {GOES_ON})"
)
_EXPIRES = "UPDATE transactions SET expires = ? WHERE sequence = ?"
_RETRY = (
    "UPDATE queue SET state = 'queued', attempts = 0, changed = ?, due = ?, requeued = ? WHERE sequence = ?"
)
_REQUEUE = "INSERT INTO queue (sequence, changed, due, requeued) VALUES (?, ?, ?, ?)"
_RENEW = f"UPDATE transactions SET salt = {_TEXT} WHERE sequence = ?"
_DONE = "SELECT sequence FROM done WHERE changed < :before LIMIT :most"
_ENDED = "SELECT sequence FROM queue WHERE state = CAST(:state AS TEXT) AND changed < :before LIMIT :most"


def _marks(values: Sequence[object]) -> str:
    return ", ".join([_TEXT] * len(values))


def _found(connection: sqlite3.Connection, id: str) -> Summary | None:
    query = f"{SUMMARY_QUEUED} WHERE sequence = ?1 UNION ALL {SUMMARY_DONE} WHERE sequence = ?1"
    row = connection.execute(query, (found_sequence(connection, id),)).fetchone()
    summary = None if row is None else summary_of(row)
    return summary if summary is not None and summary.id == id else None


def _touch(connection: sqlite3.Connection, summary: Summary) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO touched (sequence, user) VALUES (?, {_TEXT})",
        (found_sequence(connection, summary.id), to_bytes(summary.user)),
    )


@contextmanager
def spool_errors(path: str) -> Iterator[None]:
    """
    What SQLite raises inside, in luahost's words.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise spool_error(error, path) from error


def spool_error(error: sqlite3.Error, path: str) -> SpoolError | InputError:
    """
    An error that the same call may not meet again, or one that somebody has to do something about.
    """
    if getattr(error, "sqlite_errorname", "").startswith(_PASSING):
        return SpoolError(f"{path}: {reason_of(error)}")
    return InputError(reason_of(error), file=path)
