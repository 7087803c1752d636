"""
What the writer of a spool's file keeps in mind of it: whose turn it is, and who has claimed what.

What is in the file decides, and memory is made anew from it whenever a write failed. One thread uses it.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable

from luahost.database_file import to_bytes, to_parameter
from luahost.dataclass import replace
from luahost.errors import LuahostError, UsageError
from luahost.server.spool.entries import TOO_LATE, Answered, Batch, Claim, State, Window
from luahost.server.spool.fresh import Fresh
from luahost.server.spool.putting import Kept
from luahost.server.spool.room import Room
from luahost.server.spool.sqlite_file import AnswerRow, SpoolFile, Standing
from luahost.server.spool.sqlite_keys import INSERT_KEY, key_row, known_ids
from luahost.server.spool.sqlite_layout import SALT_BYTES, id_of
from luahost.server.spool.sqlite_requests import (
    Claimer,
    End,
    Group,
    Put,
    PutEach,
    RecordEach,
    Request,
    Taken,
)
from luahost.server.spool.turns import NEVER, Joining, Turns, Waiting

DIED = "the server ended during this attempt"


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
        self._fresh = Fresh()
        self._claimed: dict[str, Taken] = {}
        self._joined: set[str] = set()
        self._unwritten: list[AnswerRow] = []
        self._seen = -1
        self._salt = secrets.token_hex(SALT_BYTES)
        self._next_sequence = 1
        self._file = SpoolFile(path)
        self.connection = self._file.connection

    def check(self) -> None:
        """
        See that what is written can be found again, see :meth:`SpoolFile.check`.
        """
        self._file.check()

    def others_wrote(self) -> bool:
        """
        Whether another connection has changed the file since :meth:`follow`.
        """
        return self._file.version() != self._seen

    def prove(self) -> None:
        """
        Write something, so that it is known whether that can be done.
        """
        self._file.prove()

    def take_up(self, request: Request, group: Group) -> None:
        """
        Find out what is to be written. Refuses by the request's own future.
        """
        try:
            if isinstance(request, Put):
                group.results.append((request.future, self._put(request.batch, group)))
            elif isinstance(request, PutEach):
                group.results.append((request.future, [self._kept(each, group) for each in request.batches]))
            elif isinstance(request, RecordEach):
                told = [self._recorded(each, group) for each in request.answers]
                group.results.append((request.future, told))
            else:
                self._end(request, group)
        except LuahostError as refusal:
            request.future.set_exception(refusal)

    def written(self, group: Group) -> None:
        """
        What was written is on disk.
        """
        for taken in group.claimed:
            self._keep(taken)
        self._unwritten.clear()

    def forget(self, requests: Iterable[Request], group: Group) -> None:
        """
        Nothing was written, so what is claimed is what was claimed before; the rest has to be read again.
        Answers are written with what is written next, which is before their transaction is claimed again.
        """
        self.stale = True
        for taken in group.ended:
            self._keep(taken)
        answers = (one for each in requests if isinstance(each, RecordEach) for one in each.answers)
        self._unwritten += [self._answer(each) for each in answers if each.id in self._claimed]

    def _keep(self, taken: Taken) -> None:
        claim = taken[0]
        self._claimed[claim.id] = taken
        if claim.together:
            self._joined.update(each.id for each in claim.together)

    def _kept(self, batch: Batch, group: Group) -> Kept:
        try:
            return self._put(batch, group)
        except LuahostError as refusal:
            return refusal

    def _put(self, batch: Batch, group: Group) -> list[str]:
        """
        Have a batch written; answers its ids.
        """
        entries, key = batch.entries, batch.key
        if key is not None:
            known = known_ids(self.connection, key, group.keys)
            if known is not None:
                return known
        self._room.check(entries, self.turns)
        if key is not None:
            first, count = self._next_sequence, len(entries)
            row = key_row(key, self._salt, first=first, count=count, time=group.time)
            group.keys[row[0]] = row
        salt, time, now, ids = self._salt, group.time, group.now, []
        for sequence, entry in enumerate(entries, self._next_sequence):
            user, payload, expires = entry.user, entry.payload, entry.expires
            id = f"{sequence}-{salt}"
            group.rows.append((sequence, to_parameter(user), expires, bytearray(payload)))
            waiting = Waiting(sequence, user, -NEVER, NEVER if expires is None else expires)
            if entry.window is not None:
                _wait(waiting, entry.window, group)
            self.turns.add(waiting, now=now, time=time)
            claim = Claim(id=id, user=user, payload=payload, attempt=1, accepted=time, expires=expires)
            self._fresh.keep(sequence, claim)
            ids.append(id)
        self._next_sequence += len(ids)
        return ids

    def _recorded(self, answered: Answered, group: Group) -> LuahostError | None:
        try:
            group.answers.append(self._answer(answered))
        except LuahostError as refusal:
            return refusal
        return None

    def _answer(self, answered: Answered) -> AnswerRow:
        _, waiting = self._taken(answered.id)
        return waiting.sequence, to_bytes(answered.key), answered.answer

    def _taken(self, id: str) -> Taken:
        taken = self._claimed.get(id)
        if taken is None:
            raise UsageError(f"transaction {id} is not claimed")
        return taken

    def _end(self, request: End, group: Group) -> None:
        taken = {id: self._taken(id) for id in request.ids}
        for id, (claim, waiting) in taken.items():
            due = group.time if request.state is State.QUEUED else request.due
            if due is None:
                self.turns.finished(waiting, now=group.now, time=group.time)
            else:
                moment = group.now + due - group.time
                self.turns.again(waiting, due=moment, now=group.now, time=group.time)
            self._end_one(request, claim, waiting, due, group)
            if claim.together:
                for other, behind in zip(claim.together, waiting.followers, strict=True):
                    self._joined.discard(other.id)
                    self._end_one(request, other, behind, due, group)
            group.ended.append(self._claimed.pop(id))
        group.results.append((request.future, None))

    def _end_one(self, request: End, claim: Claim, waiting: Waiting, due: float | None, group: Group) -> None:
        if request.state is State.DONE:
            group.done.append(waiting.sequence)
            return
        attempts = claim.attempt if request.counts else claim.attempt - 1
        state = request.state
        if state is State.QUEUED and attempts:
            state = State.RETRYING
        group.ends.append((state, attempts, due, request.reason, waiting.sequence))

    def store(self, group: Group) -> None:
        """
        Write what the requests come to.
        """
        if group.rows:
            self._file.put(group.rows, self._salt, group.time)
        if group.windows:
            self._file.open_windows(group.windows)
        if group.keys:
            self.connection.executemany(INSERT_KEY, group.keys.values())
        if answers := [*self._unwritten, *group.answers]:
            self._file.record(answers)
        if group.done:
            self._file.done(group.done, group.time)
        if group.ends:
            self._file.end(group.ends, group.time)

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
                    self.turns.again(waiting, due=waiting.due, now=group.now, time=group.time, ran=False)
        if expired:
            for waiting in expired:
                self._fresh.take(waiting.sequence)
            sequences = [waiting.sequence for waiting in expired]
            group.expired += self._file.expire(sequences, group.time, TOO_LATE)
        if group.grants:
            self._claim(group)

    def _claim(self, group: Group) -> None:
        sequences: list[int] = []
        joined: list[tuple[int, int]] = []
        for _, taken in group.grants:
            for waiting in taken:
                sequences.append(waiting.sequence)
                sequences += [one.sequence for one in waiting.followers]
                if waiting.joining is not None:
                    joined += [(waiting.sequence, one.sequence) for one in (waiting, *waiting.followers)]
        self._file.claim(sequences, group.time)
        if joined:
            self._file.join(joined)
        fresh = [(sequence, self._fresh.take(sequence)) for sequence in sequences]
        claims = {sequence: claim for sequence, claim in fresh if claim is not None}
        if len(claims) < len(sequences):
            claims.update(self._file.claims([sequence for sequence, claim in fresh if claim is None]))
        for claimer, taken in group.grants:
            granted = []
            for waiting in taken:
                claim = claims[waiting.sequence]
                if waiting.followers:
                    others = tuple(claims[one.sequence] for one in waiting.followers)
                    claim = replace(claim, together=others)
                granted.append(claim)
                group.claimed.append((claim, waiting))
            group.results.append((claimer.future, granted))

    def follow(self, group: Group) -> None:
        """
        Learn what others have changed in the file; all that is in it, if memory is not to be trusted.
        """
        version = self._file.version()
        if self.stale:
            self._load(group)
        elif version != self._seen:
            for sequence, user, standing in self._file.touched():
                self._fresh.take(sequence)
                self.turns.remove(sequence, user, now=group.now, time=group.time)
                if standing is not None:
                    self._learn(standing, group)
        self.stale, self._seen = False, version

    def _load(self, group: Group) -> None:
        self.turns, self._fresh = Turns(), Fresh()
        self._next_sequence = max(self._next_sequence, self._file.last_sequence() + 1)
        for _, waiting in self._claimed.values():
            self.turns.running(waiting)
        died = [standing[0] for standing in self._file.unfinished() if self._learn(standing, group)]
        if died:
            self._file.died(died, group.time, DIED)
        self._file.touched()

    def _learn(self, standing: Standing, group: Group) -> bool:
        """
        Let a transaction of the file have its turn if it waits, or ran in a process that died; whether
        the latter.
        """
        sequence, user, state, changed, due, expires, salt, joining, run = standing
        id = id_of(sequence, salt)
        if id in self._claimed or id in self._joined:
            return False
        waiting = Waiting(
            sequence,
            user,
            # If the clock was set back since, the wait is no longer than it was meant to be.
            -NEVER if due is None else group.now + min(due - group.time, due - changed),
            NEVER if expires is None else expires,
            joining,
            run,
        )
        self.turns.add(waiting, now=group.now, time=group.time)
        return state is State.RUNNING


def _wait(waiting: Waiting, window: Window, group: Group) -> None:
    """
    Have one that is put wait for others.
    """
    waiting.joining = Joining(window.key, group.time, window.until)
    waiting.due = group.now + window.until - group.time
    group.windows.append((waiting.sequence, to_bytes(window.key), window.until))
