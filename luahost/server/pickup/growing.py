"""
Files that grow: ``luahost shim --files`` has mail processes append each transaction to a file, as a line of
its own that begins and ends with a line feed, in one write, and takes another file every ten seconds.

That spares them making, naming and renaming a file for each, and the server reading and removing it. What was
read once is known to the spool by its place and its text, so a server that has died begins each file anew.

A file that has not grown for a while is given another name, read to its end, and removed. Whoever has written
a line looks whether it is in the file that has the first name: then it was there before that was taken away,
and is read. Otherwise it comes as a file of its own, too, with the same key. No clock plays a part in that.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Collection, Iterator, Sequence

from luahost.clock import Clock
from luahost.dataclass import dataclass
from luahost.server.pickup.directory import GROWING, Directory, too_long
from luahost.server.spool import PutKey

QUIET_SECONDS = 60.0
"""How long nobody has written to a file that is removed."""

_CLOSED = f".over{GROWING}"
"""What the name of a file that is over ends with: nobody who appends looks for that."""

LINES_AT_ONCE = 500
"""Lines that are on their way into the spool at the same time."""

BYTES_AT_ONCE = 1024 * 1024
"""So much is read at once, unless one line has more."""

NEWS_SECONDS = 15.0
"""How long a file that has not grown may still be the one that mail processes write to."""

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True)
class Line:
    """
    A transaction in such a file.

    Attributes:
        file: The file's name.

        place: Where in the file the line begins, in bytes.

        body: The line.

        written: When the file was last written to, in seconds since 1970.
    """

    file: str
    place: int
    body: bytes
    written: float

    @property
    def key(self) -> PutKey:
        """
        By which the spool knows it when it comes again.
        """
        return PutKey(key=f"lines-{self._hash()}", digest=hashlib.sha256(self.body).digest())

    @property
    def own_name(self) -> str:
        """
        What it is called as a file of its own; the key in there is the same, as in files by shims.
        """
        return f"{int(self.written):010d}-{self.place:013d}-lines-{self._hash()}.json"

    def _hash(self) -> str:
        return hashlib.sha256(b"%s\0%d\0" % (os.fsencode(self.file), self.place) + self.body).hexdigest()


@dataclass(slots=True)
class _Known:
    """
    What is known of a file.

    Attributes:
        inode: The file itself, should another get its name.

        seen: How long it was when last looked at.

        grown: When it was first seen to be so long, by a clock that only goes forward.

        read: How much of it was taken.

        done: How long it was when all was taken that could be.

        taken: The places of lines behind that which were taken, while others have to wait.
    """

    inode: int
    seen: int = -1
    grown: float = 0.0
    read: int = 0
    done: int = -1
    taken: Collection[int] = ()


class Growing:
    """
    The files of a directory that grow, and how far they were read. Used in one thread, but for :meth:`grown`.

    Args:
        directory: Where they are.

        clock: The time.
    """

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def grown(self) -> bool:
        """
        Whether a file that was written to lately has grown since all of it was taken.
        """
        since = self._clock.monotonic() - NEWS_SECONDS
        for name, known in list(self._known.items()):
            if known.grown > since:
                with contextlib.suppress(OSError):
                    if os.stat(self._directory.whole_path(name), follow_symlinks=False).st_size != known.done:
                        return True
        return False

    def keep(self, names: Sequence[str]) -> None:
        """
        Forget all files but these.
        """
        for name in self._known.keys() - set(names):
            del self._known[name]

    def unread(self, name: str) -> Iterator[list[Line]]:
        """
        What is new in a file, a part after the other. Who goes on has taken the part before; who does not
        says with :meth:`taken` what of it need not come again.

        Raises:
            BadFileError: It is no file.

            OSError: It cannot be read, or a line of it cannot be set aside.
        """
        status = os.stat(self._directory.whole_path(name), follow_symlinks=False)
        known = self._known.get(name)
        if known is None or known.inode != status.st_ino or known.read > status.st_size:
            known = self._known[name] = _Known(status.st_ino)
        if status.st_size != known.seen:
            known.seen, known.grown = status.st_size, self._clock.monotonic()
        if known.seen == known.done:
            return
        with self._directory.opened(name) as (opened, _):
            while known.read < known.seen:
                data = os.pread(opened, max(BYTES_AT_ONCE, self._directory.max_bytes + 2), known.read)
                if end := data.rfind(b"\n") + 1:
                    file = _first_name(name)
                    for lines, place in _lines(file, known.read, data[:end], status.st_mtime):
                        yield [line for line in lines if line.place not in known.taken]
                        known.read, known.taken = place, ()
                elif len(data) <= self._directory.max_bytes or not self._cut_out(opened, name, known):
                    break
        known.done = known.seen

    def taken(self, name: str, places: Collection[int]) -> None:
        """
        Of the part of a file at hand the lines at these places were taken.
        """
        known = self._known[name]
        known.taken = {*known.taken, *places}

    def over(self, name: str) -> bool:
        """
        Whether nobody writes to a file any more, and all lines of it were taken.
        """
        known = self._known.get(name)
        return known is not None and known.grown < self._clock.monotonic() - QUIET_SECONDS

    def close(self, name: str) -> str | None:
        """
        Take its name from a file that is over, and answer the new one; None if another file of the same name
        still has that.

        Raises:
            OSError: It cannot be renamed.
        """
        closed = name.removesuffix(GROWING) + _CLOSED
        if closed in self._known:
            return None
        self._directory.rename(name, closed)
        self._known[closed] = self._known.pop(name)
        return closed

    def rest(self, name: str) -> Line | None:
        """
        What somebody has not finished in a file that is over.

        Raises:
            OSError: It cannot be read.
        """
        known = self._known[name]
        with self._directory.opened(name) as (opened, status):
            body = os.pread(opened, self._directory.max_bytes, known.read)
        return Line(_first_name(name), known.read, body, status.st_mtime) if body else None

    def _cut_out(self, opened: int, name: str, known: _Known) -> bool:
        """
        Set a line aside that is longer than any may be; False if it does not end yet.
        """
        place = known.read
        while (part := os.pread(opened, BYTES_AT_ONCE, place)) and b"\n" not in part:
            place += len(part)
        if not part:
            return False
        end = place + part.index(b"\n")
        aside = f"{_first_name(name)}-{known.read}.json.bad"
        self._directory.write(aside, _parts(opened, known.read, end))
        log.error(
            "%s: %s; it is %s now",
            self._directory.whole_path(name),
            too_long(end - known.read, self._directory.max_bytes),
            aside,
        )
        known.read = end + 1
        return True


def is_closed(name: str) -> bool:
    """
    Whether nobody finds a file by the name under which it was written.
    """
    return name.endswith(_CLOSED)


def _first_name(name: str) -> str:
    return name.removesuffix(_CLOSED) + GROWING if is_closed(name) else name


def _lines(name: str, place: int, data: bytes, written: float) -> Iterator[tuple[list[Line], int]]:
    """
    The lines of a piece of a file, some at a time, and where they end.
    """
    lines = []
    for body in data.split(b"\n")[:-1]:
        if body:
            lines.append(Line(name, place, body, written))
        place += len(body) + 1
        if len(lines) == LINES_AT_ONCE:
            yield lines, place
            lines = []
    yield lines, place


def _parts(opened: int, place: int, end: int) -> Iterator[bytes]:
    while place < end:
        part = os.pread(opened, min(BYTES_AT_ONCE, end - place), place)
        yield part
        place += len(part)
