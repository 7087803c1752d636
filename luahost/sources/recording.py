"""
Recordings: a file with a transaction of a real Dovecot on each line, as ``luahost record --lua-probe`` has it
written. Each session in it becomes an :class:`~luahost.sources.inputs.Input` of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, overload

from luahost.dataclass import dataclass
from luahost.errors import InputError
from luahost.sources.files import LONG_BYTES
from luahost.sources.inputs import Input, MailboxState
from luahost.sources.replay import Replay
from luahost.sources.transaction_schema import (
    RecordedTransaction,
    SchemaError,
    recorded_transaction,
)

Reading = Callable[[bytes], RecordedTransaction]
"""Reads a line; raises :class:`SchemaError`, ValueError or RecursionError if it is no transaction."""

BOM = b"\xef\xbb\xbf"

Text = Callable[[int, int], bytes]
"""The bytes of a recording from here to there."""


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """
    A line of a recording.

    Attributes:
        number: Which, from 1.
    """

    number: int
    transaction: RecordedTransaction


def read_lines(data: bytes, *, file: str) -> list[RecordedLine]:
    """
    The transactions of a recording; blank lines are passed over.

    Raises:
        InputError: A line is no transaction, or there is none; with the line.
    """
    reading = _reading(len(data))
    found = [
        RecordedLine(number, _transaction(reading, line, file, number))
        for number, _, line in _written(io.BytesIO(data))
    ]
    if not found:
        raise _empty(file)
    return found


def _reading(size: int) -> Reading:
    """
    What reads the lines of a recording with so many bytes.
    """
    if size < LONG_BYTES:
        return _read_shortly
    from luahost.sources.plain_transactions import read_transaction

    return read_transaction


def _read_shortly(line: bytes) -> RecordedTransaction:
    return recorded_transaction(json.loads(line))


def _written(lines: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """
    The lines with something in them: number, place of the first byte, and text.
    """
    begins = 0
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(BOM) if begins == 0 else line
        if text.strip():
            yield number, begins + len(line) - len(text), text
        begins += len(line)


def _transaction(reading: Reading, line: bytes, file: str, number: int) -> RecordedTransaction:
    try:
        return reading(line)
    except SchemaError as error:
        raise InputError(str(error), file=file, line=number) from None
    except (ValueError, RecursionError):
        words = "this is no line of JSON; a line that was not written to its end can be removed"
        raise InputError(words, file=file, line=number) from None


class Places:
    """
    Where lines of a recording stand.

    Attributes:
        numbers: Which lines they are, from 1.

        begins: The place of each one's first byte.

        ends: The place after its last.
    """

    __slots__ = ("begins", "ends", "numbers")

    def __init__(self) -> None:
        self.numbers, self.begins, self.ends = array("Q"), array("Q"), array("Q")

    def add(self, number: int, begins: int, line: bytes) -> None:
        """
        Another line.
        """
        self.numbers.append(number)
        self.begins.append(begins)
        self.ends.append(begins + len(line))


class Replays(Sequence[Replay]):
    """
    The transactions of a session, each read again from its line when it is wanted: of a long recording not
    even the text is kept.

    Args:
        file: The recording.

        places: Where each line is, which has been read once and is right.

        text: What is there.

        reading: What reads a line.
    """

    def __init__(self, file: str, places: Places, text: Text, reading: Reading) -> None:
        self._file = file
        self._places = places
        self._text = text
        self._reading = reading

    def __len__(self) -> int:
        return len(self._places.numbers)

    @overload
    def __getitem__(self, index: int) -> Replay: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Replay]: ...
    def __getitem__(self, index: int | slice) -> Replay | Sequence[Replay]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        places = self._places
        number = places.numbers[index]
        try:
            line = self._text(places.begins[index], places.ends[index])
        except OSError as error:
            words = f"it cannot be read again: {error.strerror}"
            raise InputError(words, file=self._file, line=number) from None
        return Replay(_transaction(self._reading, line, self._file, number), self._file, number)


def read_recording(data: bytes, *, file: str) -> list[Input]:
    """
    What each session of a recording does, in the order in which they begin.

    Raises:
        InputError: It is no recording.
    """
    return _sessions(io.BytesIO(data), file, lambda begins, ends: data[begins:ends], _reading(len(data)))


def read_long_recording(beginning: bytes, file: BinaryIO, *, name: str) -> list[Input]:
    """
    The same of a file of which this beginning has been read. It is read again when its transactions are
    wanted; what comes through a pipe is put into a file for that.

    Raises:
        InputError: It is no recording.

        OSError: It cannot be read, or not put into a file.
    """
    with contextlib.ExitStack() as stack:
        if not _is_there_twice(file):
            copy = stack.enter_context(tempfile.TemporaryFile())
            copy.write(beginning)
            shutil.copyfileobj(file, copy)
            file = copy
            file.seek(len(beginning))
        start = file.tell() - len(beginning)
        file.seek(start)
        return _sessions(file, name, _Kept(file, start), _reading(LONG_BYTES))


def _is_there_twice(file: BinaryIO) -> bool:
    """
    Whether what has been read of it can be read again, by the system's number of it.
    """
    try:
        file.fileno()
    except OSError:
        return False
    return file.seekable()


class _Kept:
    """
    The text of a file from this place on; the file is kept open for as long.
    """

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._descriptor = os.dup(file.fileno())
        self._start = start
        weakref.finalize(self, os.close, self._descriptor)

    def __call__(self, begins: int, ends: int) -> bytes:
        return os.pread(self._descriptor, ends - begins, self._start + begins)


def _sessions(written: Iterable[bytes], file: str, text: Text, reading: Reading) -> list[Input]:
    users: dict[object, Mapping[str, Any]] = {}
    sessions: dict[object, Places] = {}
    for number, begins, line in _written(written):
        transaction = _transaction(reading, line, file, number)
        users.setdefault(transaction.session, transaction.user)
        sessions.setdefault(transaction.session, Places()).add(number, begins, line)
    if not sessions:
        raise _empty(file)
    return [
        Input(
            name=f"{file}:{places.numbers[0]}",
            user=users[session],
            # Nobody knows what was there before, but a new user's INBOX would have been told of.
            mailboxes={"INBOX": MailboxState()},
            steps=Replays(file, places, text, reading),
        )
        for session, places in sessions.items()
    ]


def _empty(file: str) -> InputError:
    return InputError("there is no transaction in this recording", file=file)
