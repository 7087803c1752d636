"""
From a pickup directory into the spool: a thread that looks about every second, soon after a file has come
into an empty directory, and whenever it is asked to.

A file is removed when the spool has it on disk. If the server dies between the two it comes again, with the
same idempotency key, and is kept once; likewise what a shim has posted without hearing the answer. What is no
transaction is set aside, and the log says what is wrong with it.

A user's files go in the order in which they were written, and before what the same user's mail processes post
later: see :meth:`Pickup.first`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future

from luahost import patterns
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import dataclass
from luahost.errors import KeyReusedError, SpoolError, UserFullError, fault_words
from luahost.server.intake.answers import RefusalError
from luahost.server.intake.batch import MostAtOnce, read_batch
from luahost.server.intake.idempotency import put_key
from luahost.server.pickup.directory import BadFileError, Directory, Waiting
from luahost.server.spool import Batch, Entry, Kept, PutKey, Puts

LOOK_SECONDS = 1.0
"""How often the directory is looked through."""

CHANGE_SECONDS = 0.1
"""How often one that was found empty is asked whether anything has come."""

MOST_AT_ONCE = 100
"""Files that are on their way into the spool at the same time."""

BYTES_AT_ONCE = 8 * 1024 * 1024
"""The same, in bytes."""

PATIENCE_SECONDS = 0.1
"""How long a client waits for files that come before it; a mail process waits for the client."""

_SHIMS_NAME = patterns.compile(r"\d{10}-\d{13}-([A-Za-z0-9_.-]{1,255})\.json")

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True)
class _Read:
    """
    A file that is on its way.
    """

    name: str
    entries: Sequence[Entry]
    key: PutKey
    length: int

    @property
    def users(self) -> set[str]:
        return {entry.user for entry in self.entries}


class Pickup:
    """
    Takes files; ``start``, and ``stop`` in the end.

    Args:
        directory: Where they are.

        spool: Where they go.

        expire_seconds: How old a transaction may get until it is done, from when its file was written.

        most: How many transactions a file may have; None: as many as any request.

        accepted: Hears how many transactions were taken in.

        one_by_one: Whether the spool might keep what a user brings after it has refused what the same user
            brought before it, if both were put together.

        clock: The time.
    """

    def __init__(
        self,
        directory: Directory,
        spool: Puts,
        *,
        expire_seconds: float,
        most: MostAtOnce | None = None,
        accepted: Callable[[int], None] = lambda number: None,
        one_by_one: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._directory = directory
        self._spool = spool
        self._expire_seconds = expire_seconds
        self._most = most
        self._accepted = accepted
        self._one_by_one = one_by_one
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: list[Future[Collection[str] | None]] = []
        self._wake = threading.Event()
        self._ending = False
        self._looked: int | None = None
        self._busy_since: float | None = None
        self._known_troubles: dict[tuple[str, str], str] = {}
        self._troubles: dict[tuple[str, str], str] = {}
        self._thread = threading.Thread(target=self._work, name="luahost-pickup", daemon=True)

    def start(self) -> None:
        """
        Take files from now on.
        """
        self._thread.start()

    def adopt(self, *, max_bytes: int, expire_seconds: float) -> None:
        """
        From now on these count, for files that are taken.
        """
        self._directory.max_bytes = max_bytes
        self._expire_seconds = expire_seconds

    def stop(self, seconds: float) -> None:
        """
        Take no more, and wait at most so long for what is on its way.
        """
        self._ending = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def nothing_waits(self) -> bool:
        """
        Whether nothing has come into the directory since it was found empty.
        """
        try:
            return self._looked is not None and self._directory.changed() == self._looked
        except OSError:
            # The thread will say so.
            return True

    async def first(self) -> Collection[str] | None:
        """
        Have the files taken that are there now, so that what a client brings comes after them.

        Returns:
            The users of whom files still wait; None for anybody.
        """
        if self.nothing_waits():
            return ()
        busy_since = self._busy_since
        if busy_since is not None and self._clock.monotonic() - busy_since > PATIENCE_SECONDS:
            # There are many, and nobody gains by waiting for them.
            return None
        future: Future[Collection[str] | None] = Future()
        with self._lock:
            self._asked.append(future)
        self._wake.set()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE_SECONDS)
        except TimeoutError:
            return None

    def _work(self) -> None:
        while not self._ending:
            self._wake.clear()
            with self._lock:
                asked, self._asked = self._asked, []
            asked = [future for future in asked if future.set_running_or_notify_cancel()]
            try:
                left = self.look()
            except Exception as fault:  # noqa: BLE001  whatever it is, clients must not wait for this thread
                self._trouble("", f"cannot be taken from: {fault_words(fault)}")
                left = ()
            for future in asked:
                future.set_result(left)
            self._pause()

    def _pause(self) -> None:
        """
        Until somebody asks, something has come into a directory that was found empty, or it is time to look.
        """
        for _ in range(round(LOOK_SECONDS / CHANGE_SECONDS)):
            if self._wake.wait(CHANGE_SECONDS) or (self._looked is not None and not self.nothing_waits()):
                return

    def look(self) -> Collection[str] | None:
        """
        Take what is there.

        Returns:
            The users of whom files still wait; None for anybody.
        """
        self._known_troubles, self._troubles = self._troubles, {}
        self._busy_since = self._clock.monotonic()
        try:
            before = self._directory.changed()
            waiting = self._directory.waiting()
            self._set_aside_left_behind()
            left = self._take(waiting)
        except OSError as error:
            self._trouble("", f"cannot be read: {error.strerror}")
            return ()
        finally:
            self._busy_since = None
        self._looked = before if left is not None and not left else None
        return left

    def _take(self, waiting: Sequence[Waiting]) -> Collection[str] | None:
        """
        Put files into the spool, in order. Of one user none overtakes another: where there is no room for one
        transaction there is none for the next, but where there is none for several one may find some, and so
        is not put together with them.
        """
        held: set[str] = set()
        batch: list[_Read] = []
        users: set[str] = set()
        length = 0
        for each in waiting:
            read = self._read(each)
            if read is None:
                continue
            length += read.length
            if len(batch) == MOST_AT_ONCE or length > BYTES_AT_ONCE or read.users & users:
                if not self._put(batch, held):
                    return None
                batch, users, length = [], set(), read.length
            if read.users & held:
                held |= read.users
                continue
            batch.append(read)
            if self._one_by_one or len(read.entries) > 1:
                users |= read.users
            if self._ending:
                break
        return held if self._put(batch, held) else None

    def _put(self, batch: Sequence[_Read], held: set[str]) -> bool:
        """
        Put some files; adds the users who have too many. Answers whether the spool took what it could.
        """
        if not batch:
            return True
        fine = True
        kept: Sequence[Kept]
        try:
            kept = self._spool.put_each([Batch(read.entries, read.key) for read in batch]).result()
        except SpoolError as error:
            kept = [error] * len(batch)
        for read, put in zip(batch, kept, strict=True):
            name = read.name
            if isinstance(put, list):
                self._accepted(len(read.entries))
                self._remove(name, len(read.entries))
            elif isinstance(put, KeyReusedError):
                self._set_aside(name, str(put))
            elif read.users & held:
                held |= read.users
            elif isinstance(put, UserFullError):
                held |= read.users
                whose = ", ".join(sorted(read.users))
                words = f"files of {whose} wait there: a user has as many unfinished as max_queued_per_user"
                self._trouble("", words, logging.WARNING, about=whose)
            else:
                held |= read.users
                fine = False
                self._trouble("", f"files wait there: {put}", logging.WARNING)
        return fine

    def _read(self, waiting: Waiting) -> _Read | None:
        name = waiting.name
        try:
            body = self._directory.content(name)
            now = self._clock.time()
            written = min(waiting.written_ns / 1e9, now)
            entries = read_batch(
                body,
                content_type=waiting.content_type,
                expires=written + self._expire_seconds,
                most=self._most,
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            self._trouble(name, f"cannot be read: {error.strerror}")
            return None
        except (BadFileError, RefusalError) as error:
            self._set_aside(name, error.detail if isinstance(error, RefusalError) else str(error))
            return None
        return _Read(name, entries, _key(name, body), len(body))

    def _remove(self, name: str, transactions: int) -> None:
        path = self._directory.whole_path(name)
        try:
            self._directory.remove(name)
        except OSError as error:
            self._trouble(name, f"is in the spool and cannot be removed: {error.strerror}")
        else:
            log.debug("%s: picked up, %d transactions", path, transactions)

    def _set_aside(self, name: str, words: str) -> None:
        path = self._directory.whole_path(name)
        try:
            aside = self._directory.set_aside(name)
        except OSError as error:
            self._trouble(name, f"{words}; and it cannot be renamed: {error.strerror}")
        else:
            log.error("%s: %s; it is %s now", path, words, aside)

    def _set_aside_left_behind(self) -> None:
        for name in self._directory.left_behind(self._clock.time()):
            self._set_aside(name, "whoever wrote this has not finished it")

    def _trouble(self, name: str, words: str, level: int = logging.ERROR, *, about: str = "") -> None:
        """
        Log what lasts, once, of a file or, without a name, of the directory, and of what in there.
        """
        self._troubles[name, about] = words
        if self._known_troubles.get((name, about)) != words:
            log.log(level, "%s: %s", self._directory.whole_path(name), words)


def _key(name: str, body: bytes) -> PutKey:
    """
    The key that a shim has posted it with; else one of its own, as a file that comes again has name and
    content of before.
    """
    if shims := _SHIMS_NAME.fullmatch(name):
        return put_key(shims[1], body)
    known = hashlib.sha256(os.fsencode(name) + b"\0" + body)
    return put_key(f"pickup-{known.hexdigest()}", body)
