"""
What is in a pickup directory → the spool, in order.

A file is removed when the spool has it on disk. If the server dies between the two it comes again, with the
same idempotency key, and is kept once; likewise what a shim has posted without hearing the answer. What is no
transaction is set aside, and the log says what is wrong with it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from luahost import patterns
from luahost.clock import Clock
from luahost.dataclass import dataclass
from luahost.errors import KeyReusedError, SpoolError, UserFullError
from luahost.server.intake.answers import RefusalError
from luahost.server.intake.batch import JSON_TYPE, MostAtOnce, read_batch
from luahost.server.intake.idempotency import put_key
from luahost.server.pickup.directory import BAD, BadFileError, Directory, Waiting, too_long
from luahost.server.pickup.growing import Growing, Line, is_closed
from luahost.server.spool import Batch, Entry, Kept, PutKey, Puts

MOST_AT_ONCE = 100
"""Files or lines that are on their way into the spool at the same time."""

BYTES_AT_ONCE = 8 * 1024 * 1024
"""The same, in bytes."""

_SHIMS_NAME = patterns.compile(r"\d{10}-\d{13}-([A-Za-z0-9_.-]{1,255})\.json")

_LINES_KEY = patterns.compile(r"(.+\.lines)-(\d+)")
"""The key of what a shim has written as a line, too: the file and the place in it."""

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True)
class _Read:
    """
    A file, or a line of one, that is on its way.
    """

    name: str
    entries: Sequence[Entry]
    key: PutKey
    length: int
    line: Line | None = None

    @property
    def users(self) -> set[str]:
        return {entry.user for entry in self.entries}


class Taking:
    """
    Takes what is there, in one thread.

    Args:
        directory: Where files are.

        growing: Those of them that grow.

        spool: Where they go.

        expire_seconds: How old a transaction may get until it is done, from when its file was written.

        most: How many transactions a file may have; None: as many as any request.

        accepted: Hears how many transactions were taken in.

        one_by_one: Whether the spool might keep what a user brings after it has refused what the same user
            brought before it, if both were put together.

        ending: Whether to take no more.

        clock: The time.

    Attributes:
        expire_seconds: May be set anew.
    """

    def __init__(
        self,
        directory: Directory,
        growing: Growing,
        spool: Puts,
        *,
        expire_seconds: float,
        most: MostAtOnce | None,
        accepted: Callable[[int], None],
        one_by_one: bool,
        ending: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self.expire_seconds = expire_seconds
        self._directory = directory
        self._growing = growing
        self._spool = spool
        self._most = most
        self._accepted = accepted
        self._one_by_one = one_by_one
        self._ending = ending
        self._clock = clock
        # Places of lines of the part at hand.
        self._taken: set[int] = set()
        self._known_troubles: dict[tuple[str, str], str] = {}
        self._troubles: dict[tuple[str, str], str] = {}

    def look(self) -> Collection[str] | None:
        """
        Take what is there.

        Returns:
            The users of whom files still wait; None for anybody.
        """
        self._known_troubles, self._troubles = self._troubles, {}
        try:
            found = self._directory.found(self._clock.time())
            for name in found.left_behind:
                self._set_aside(name, "whoever wrote this has not finished it")
            self._growing.keep(found.growing)
            left = self._take(found.waiting)
            return left if left is None else self._follow(found.growing, set(left))
        except OSError as error:
            self.trouble("", f"cannot be read: {error.strerror}")
            return ()

    def _take(self, waiting: Sequence[Waiting]) -> Collection[str] | None:
        """
        Put files into the spool, in order. Of one user none overtakes another: where there is no room for one
        transaction there is none for the next, but where there is none for several one may find some, and so
        is not put together with them.
        """
        held: set[str] = set()
        files = takewhile(lambda _: not self._ending(), waiting)
        for part in self._together(filter(None, map(self._read, files))):
            if not self._put(part, held):
                return None
        return held

    def _follow(self, names: Sequence[str], held: set[str]) -> Collection[str] | None:
        """
        Put what is new in files that grow into the spool, after all other files.
        """
        # What is in a file that has lost its name was written before what is in another of that name.
        names = sorted(names, key=is_closed, reverse=True)
        for name in names:
            try:
                for lines in self._growing.unread(name):
                    if not self._put_lines(name, lines, held):
                        return None
                    if self._ending():
                        return held
                if is_closed(name):
                    self._end(name)
                elif self._growing.over(name) and (closed := self._growing.close(name)):
                    # What was written to it until now is read yet.
                    names.append(closed)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.trouble(name, f"cannot be read: {error.strerror}")
            except BadFileError as error:
                self._set_aside(name, str(error))
        return held

    def _put_lines(self, name: str, lines: Sequence[Line], held: set[str]) -> bool:
        """
        Put a part of a file that grows into the spool, as :meth:`_put` does.
        """
        self._taken.clear()
        reads = [read for line in lines if (read := self._read_line(line)) is not None]
        fine = all(self._put(part, held) for part in self._together(reads))
        if not fine:
            self._growing.taken(name, self._taken)
        return fine

    def _together(self, reads: Iterable[_Read]) -> Iterator[list[_Read]]:
        """
        Parts of what has come that are put together, in order.
        """
        part: list[_Read] = []
        users: set[str] = set()
        length = 0
        for read in reads:
            length += read.length
            if len(part) == MOST_AT_ONCE or length > BYTES_AT_ONCE or read.users & users:
                yield part
                part, users, length = [], set(), read.length
            part.append(read)
            users.update(self._alone(read))
        yield part

    def _alone(self, read: _Read) -> Collection[str]:
        """
        The users of whom nothing else is put together with this, behind it.
        """
        return read.users if self._one_by_one or len(read.entries) > 1 else ()

    def _put(self, batch: Sequence[_Read], held: set[str]) -> bool:
        """
        Put some of what has come; adds the users who have too many. Answers whether the spool took what it
        could.
        """
        # Of whom something stays where it is, and so whatever is behind it.
        stay: set[str] = set()
        fine, behind = True, [read for read in batch if read.users & held]
        if behind:
            batch = [read for read in batch if not read.users & held]
            fine = all([self._waits(read, held, stay) for read in behind])
        if not batch:
            return fine
        kept: Sequence[Kept]
        try:
            kept = self._spool.put_each([Batch(read.entries, read.key) for read in batch]).result()
        except SpoolError as error:
            kept = [error] * len(batch)
        accepted = 0
        for read, put in zip(batch, kept, strict=True):
            if isinstance(put, list):
                accepted += len(read.entries)
                if read.line is None:
                    self._remove(read.name, len(read.entries))
                else:
                    self._taken.add(read.line.place)
            elif isinstance(put, KeyReusedError):
                self._refuse(read, str(put))
            elif read.users & held:
                fine &= self._waits(read, held, stay)
            elif isinstance(put, UserFullError):
                fine &= self._waits(read, held, stay)
                whose = ", ".join(sorted(read.users))
                words = f"files of {whose} wait there: a user has as many unfinished as max_queued_per_user"
                self.trouble("", words, logging.WARNING, about=whose)
            else:
                held |= read.users
                stay |= read.users
                fine = False
                self.trouble("", f"files wait there: {put}", logging.WARNING)
        if accepted:
            self._accepted(accepted)
        return fine

    def _waits(self, read: _Read, held: set[str], stay: set[str]) -> bool:
        """
        Have something wait until its users have room again: a line as a file of its own, so that those after
        it need not wait. Answers whether it can.
        """
        held |= read.users
        line = read.line
        if line is None:
            return True
        if not read.users & stay:
            try:
                self._directory.write(line.own_name, [line.body], at=line.written)
            except OSError as error:
                self.trouble("", f"files wait there, and cannot be written: {error.strerror}")
            else:
                self._taken.add(line.place)
                return True
        stay |= read.users
        return False

    def _read(self, waiting: Waiting) -> _Read | None:
        name = waiting.name
        try:
            body = self._directory.content(name)
            entries = read_batch(
                body,
                content_type=waiting.content_type,
                expires=self._expires(waiting.written_ns / 1e9),
                most=self._most,
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            self.trouble(name, f"cannot be read: {error.strerror}")
            return None
        except (BadFileError, RefusalError) as error:
            self._set_aside(name, error.detail if isinstance(error, RefusalError) else str(error))
            return None
        return _Read(name, entries, _key(name, body), len(body))

    def _read_line(self, line: Line) -> _Read | None:
        try:
            if len(line.body) > self._directory.max_bytes:
                raise BadFileError(too_long(len(line.body), self._directory.max_bytes))
            entries = read_batch(line.body, content_type=JSON_TYPE, expires=self._expires(line.written))
        except (BadFileError, RefusalError) as error:
            self._refuse_line(line, error.detail if isinstance(error, RefusalError) else str(error))
            return None
        return _Read(line.file, entries, line.key, len(line.body), line)

    def _expires(self, written: float) -> float:
        return min(written, self._clock.time()) + self.expire_seconds

    def _end(self, name: str) -> None:
        """
        Remove a file to which nobody writes any more.
        """
        if rest := self._growing.rest(name):
            self._refuse_line(rest, "whoever wrote this has not finished it")
        self._remove(name, 0)

    def _refuse(self, read: _Read, words: str) -> None:
        if read.line is None:
            self._set_aside(read.name, words)
        else:
            self._refuse_line(read.line, words)

    def _refuse_line(self, line: Line, words: str) -> None:
        """
        Keep a line that cannot be taken as a file, and say why.

        Raises:
            OSError: It cannot be written.
        """
        aside = f"{line.file}-{line.place}.json{BAD}"
        self._directory.write(aside, [line.body])
        self._taken.add(line.place)
        path = self._directory.whole_path(line.file)
        log.error("%s, at byte %d: %s; it is %s now", path, line.place, words, aside)

    def _remove(self, name: str, transactions: int) -> None:
        path = self._directory.whole_path(name)
        try:
            self._directory.remove(name)
        except OSError as error:
            self.trouble(name, f"is in the spool and cannot be removed: {error.strerror}")
        else:
            log.debug("%s: picked up, %d transactions", path, transactions)

    def _set_aside(self, name: str, words: str) -> None:
        path = self._directory.whole_path(name)
        try:
            aside = self._directory.set_aside(name)
        except OSError as error:
            self.trouble(name, f"{words}; and it cannot be renamed: {error.strerror}")
        else:
            log.error("%s: %s; it is %s now", path, words, aside)

    def trouble(self, name: str, words: str, level: int = logging.ERROR, *, about: str = "") -> None:
        """
        Log what lasts, once, of a file or, without a name, of the directory, and of what in there.
        """
        self._troubles[name, about] = words
        if self._known_troubles.get((name, about)) != words:
            log.log(level, "%s: %s", self._directory.whole_path(name), words)


def _key(name: str, body: bytes) -> PutKey:
    """
    The key that a shim has posted it with, or that it has as a line; else one of its own, as a file that
    comes again has name and content of before.
    """
    if shims := _SHIMS_NAME.fullmatch(name):
        if line := _LINES_KEY.fullmatch(shims[1]):
            return Line(line[1], int(line[2]), body.rstrip(b"\n"), written=0.0).key
        return put_key(shims[1], body)
    known = hashlib.sha256(os.fsencode(name) + b"\0" + body)
    return put_key(f"pickup-{known.hexdigest()}", body)
