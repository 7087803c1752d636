"""
A spool's file and what its writer keeps in mind of it: whose turn it is, and who has claimed what.

What is in the file decides, and memory is made anew from it whenever a write failed. One thread uses it.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from typing import Any

from luahost.database_file import opened, to_bytes, to_text
from luahost.errors import LuahostError, UsageError
from luahost.server.spool.entries import UNFINISHED, Claim, State
from luahost.server.spool.room import Room
from luahost.server.spool.sqlite_keys import INSERT_KEY, key_row, known_ids
from luahost.server.spool.sqlite_layout import LAYOUT, answers_of, id_of, portions
from luahost.server.spool.sqlite_requests import Claimer, End, Group, Put, RecordAnswer, Request
from luahost.server.spool.turns import NEVER, Turns, Waiting

DIED = "the server ended during this attempt"
TOO_LATE = "its time was over before its turn came"

_TEXT = "CAST(? AS TEXT)"
_INSERT = (
    "INSERT INTO transactions (sequence, salt, user, state, attempts, accepted, changed, due, expires,"
    f" payload_bytes) VALUES (?, {_TEXT}, {_TEXT}, 'queued', 0, ?, ?, ?, ?, ?)"
)
_INSERT_PAYLOAD = "INSERT INTO payloads (sequence, payload) VALUES (?, ?)"
_ANSWER = f"INSERT OR REPLACE INTO answers (sequence, key, answer) VALUES (?, {_TEXT}, ?)"
_FINISH = (
    f"UPDATE transactions SET state = {_TEXT}, attempts = ?, changed = ?, finished = ?, due = NULL,"
    f" reason = ifnull({_TEXT}, reason) WHERE sequence = ?"
)
_POSTPONE = (
    f"UPDATE transactions SET state = {_TEXT}, attempts = ?, changed = ?, due = ?,"
    f" reason = ifnull({_TEXT}, reason) WHERE sequence = ?"
)
_EXPIRE = (
    "UPDATE transactions SET state = 'expired', changed = ?, finished = ?, due = NULL,"
    f" reason = ifnull(reason, {_TEXT}) WHERE sequence = ?"
)
_CLAIM = (
    "UPDATE transactions SET state = 'running', attempts = attempts + 1, changed = ?, due = NULL"
    " WHERE sequence = ?"
)
_CLAIMED = (
    "SELECT sequence, salt, attempts, accepted, expires, payload FROM transactions JOIN payloads"
    " USING (sequence) WHERE sequence IN"
)
_WAITING = "SELECT sequence, user, state, changed, due, expires, salt FROM transactions"


class Book:
    """
    The file and its memory.

    Args:
        path: The spool's file, which is there.

        room: How many transactions may be unfinished.

    Attributes:
        connection: To the file.

        turns: Whose turn it is.

        stale: Whether memory is not to be trusted.
    """

    def __init__(self, path: str, room: Room) -> None:
        self._room = room
        self.turns = Turns()
        self.stale = True
        self._claimed: dict[str, Claim] = {}
        self._seen = -1
        self._salt = secrets.token_hex(6)
        self._next_sequence = 1
        self.connection = opened(path, LAYOUT)

    def others_wrote(self) -> bool:
        """
        Whether another connection has changed the file since :meth:`follow`.
        """
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0]) != self._seen

    def take_up(self, request: Request, group: Group) -> None:
        """
        Find out what is to be written. Refuses by the request's own future.
        """
        try:
            if isinstance(request, Put):
                self._put(request, group)
            elif isinstance(request, RecordAnswer):
                claim = self._claim_of(request.id)
                group.answers.append((_sequence(claim), to_bytes(request.key), request.answer))
                group.results.append((request.future, None))
            else:
                self._end(request, group)
        except LuahostError as refusal:
            request.future.set_exception(refusal)

    def written(self, group: Group) -> None:
        """
        What was written is on disk.
        """
        for claims in group.claims:
            self._claimed.update((claim.id, claim) for claim in claims)

    def forget(self, group: Group) -> None:
        """
        Nothing was written, so what is claimed is what was claimed before; the rest has to be read again.
        """
        self.stale = True
        self._claimed.update((claim.id, claim) for claim in group.ended)

    def _put(self, request: Put, group: Group) -> None:
        if request.key is not None:
            known = known_ids(self.connection, request.key, group.keys)
            if known is not None:
                group.results.append((request.future, known))
                return
        self._room.check(request.entries, self.turns)
        salt, time, ids = to_bytes(self._salt), group.time, []
        if request.key is not None:
            row = key_row(
                request.key, self._salt, first=self._next_sequence, count=len(request.entries), time=time
            )
            group.keys[row[0]] = row
        for entry in request.entries:
            sequence = self._next_sequence
            self._next_sequence += 1
            size = len(entry.payload)
            group.rows.append((sequence, salt, to_bytes(entry.user), time, time, time, entry.expires, size))
            group.payloads.append((sequence, entry.payload))
            expires = NEVER if entry.expires is None else entry.expires
            self.turns.add(Waiting(sequence, entry.user, expires=expires), now=group.now, time=time)
            ids.append(id_of(sequence, self._salt))
        group.results.append((request.future, ids))

    def _claim_of(self, id: str) -> Claim:
        claim = self._claimed.get(id)
        if claim is None:
            raise UsageError(f"transaction {id} is not claimed")
        return claim

    def _end(self, request: End, group: Group) -> None:
        claims = {id: self._claim_of(id) for id in request.ids}
        reason = None if request.reason is None else to_bytes(request.reason)
        for claim in claims.values():
            state, attempts, due = request.state, claim.attempt, request.due
            if state is State.QUEUED:
                attempts, due = attempts - 1, group.time
                state = State.RETRYING if attempts else State.QUEUED
            waiting = _waiting(claim)
            row = (to_bytes(state), attempts, group.time)
            if due is None:
                self.turns.finished(waiting, now=group.now, time=group.time)
                group.finishes.append((*row, group.time, reason, waiting.sequence))
            else:
                moment = group.now + due - group.time
                self.turns.again(waiting, due=moment, now=group.now, time=group.time)
                group.postponements.append((*row, due, reason, waiting.sequence))
            group.ended.append(self._claimed.pop(claim.id))
        group.results.append((request.future, None))

    def store(self, group: Group) -> None:
        """
        Write what the requests come to.
        """
        for statement, rows in (
            (_INSERT, group.rows),
            (_INSERT_PAYLOAD, group.payloads),
            (INSERT_KEY, group.keys.values()),
            (_ANSWER, group.answers),
            (_FINISH, group.finishes),
            (_POSTPONE, group.postponements),
        ):
            if rows:
                self.connection.executemany(statement, rows)

    def grant(self, claimers: deque[Claimer], group: Group) -> None:
        """
        Give those who wait for work what there is.
        """
        expired: list[Waiting] = []
        while claimers:
            if claimers[0].future.cancelled():
                claimers.popleft()
                continue
            taken, late = self.turns.take(claimers[0].most, now=group.now, time=group.time)
            expired += late
            if not taken:
                break
            claimer = claimers.popleft()
            if claimer.future.set_running_or_notify_cancel():
                group.grants.append((claimer, taken))
            else:
                for waiting in taken:
                    self.turns.again(waiting, due=waiting.due, now=group.now, time=group.time)
        sequences = [(group.time, waiting.sequence) for _, taken in group.grants for waiting in taken]
        if sequences:
            self.connection.executemany(_CLAIM, sequences)
        if expired:
            self.connection.executemany(
                _EXPIRE,
                [(group.time, group.time, to_bytes(TOO_LATE), waiting.sequence) for waiting in expired],
            )
        claims = self._claims([waiting for _, taken in group.grants for waiting in taken])
        for claimer, taken in group.grants:
            granted = [claims[waiting.sequence] for waiting in taken]
            group.claims.append(granted)
            group.results.append((claimer.future, granted))

    def _claims(self, taken: Sequence[Waiting]) -> dict[int, Claim]:
        users = {waiting.sequence: waiting.user for waiting in taken}
        answers = answers_of(self.connection, list(users))
        claims = {}
        for some in portions(list(users)):
            query = f"{_CLAIMED} ({','.join('?' * len(some))})"
            rows = self.connection.execute(query, some)
            for sequence, salt, attempts, accepted, expires, payload in rows:
                claims[sequence] = Claim(
                    id=id_of(sequence, to_text(salt)),
                    user=users[sequence],
                    payload=payload,
                    attempt=attempts,
                    accepted=accepted,
                    expires=expires,
                    answers=answers.get(sequence, {}),
                )
        return claims

    def follow(self, group: Group) -> None:
        """
        Learn what others have changed in the file; all that is in it, if memory is not to be trusted.
        """
        version = int(self.connection.execute("PRAGMA data_version").fetchone()[0])
        if self.stale:
            self._load(group)
        elif version != self._seen:
            for sequence, user in self.connection.execute("SELECT sequence, user FROM touched").fetchall():
                self.turns.remove(sequence, to_text(user), now=group.now, time=group.time)
                query = f"{_WAITING} WHERE sequence = ?"
                for row in self.connection.execute(query, (sequence,)).fetchall():
                    self._learn(row, group)
            self.connection.execute("DELETE FROM touched")
        self.stale, self._seen = False, version

    def _load(self, group: Group) -> None:
        self.turns = Turns()
        last = self.connection.execute("SELECT max(sequence) FROM transactions").fetchone()[0]
        self._next_sequence = max(self._next_sequence, (last or 0) + 1)
        for claim in self._claimed.values():
            self.turns.running(_waiting(claim))
        rows = self.connection.execute(f"{_WAITING} WHERE finished IS NULL ORDER BY sequence")
        died = [row[0] for row in rows if self._learn(row, group)]
        self.connection.executemany(
            f"UPDATE transactions SET state = 'retrying', changed = ?, due = ?, reason = {_TEXT}"
            " WHERE sequence = ?",
            [(group.time, group.time, to_bytes(DIED), sequence) for sequence in died],
        )
        self.connection.execute("DELETE FROM touched")

    def _learn(self, row: tuple[Any, ...], group: Group) -> bool:
        """
        Let a transaction of the file have its turn if it waits, or ran in a process that died; whether
        the latter.
        """
        sequence, user, state, changed, due, expires, salt = row
        if id_of(sequence, to_text(salt)) in self._claimed or State(state.decode()) not in UNFINISHED:
            return False
        waiting = Waiting(
            sequence,
            to_text(user),
            # If the clock was set back since, the wait is no longer than it was meant to be.
            -NEVER if due is None else group.now + min(due - group.time, due - changed),
            NEVER if expires is None else expires,
        )
        self.turns.add(waiting, now=group.now, time=group.time)
        return State(state.decode()) is State.RUNNING


def _sequence(claim: Claim) -> int:
    return int(claim.id.partition("-")[0])


def _waiting(claim: Claim) -> Waiting:
    return Waiting(_sequence(claim), claim.user, expires=NEVER if claim.expires is None else claim.expires)
