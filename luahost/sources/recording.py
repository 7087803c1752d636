"""
Recordings: a file with a transaction of a real Dovecot on each line, as ``luahost record --lua-probe`` has it
written. Each session in it becomes an :class:`~luahost.sources.inputs.Input` of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

from luahost.dataclass import dataclass
from luahost.errors import InputError
from luahost.sources.inputs import Input, MailboxState
from luahost.sources.replay import Replay
from luahost.sources.transaction_schema import (
    RecordedTransaction,
    SchemaError,
    recorded_transaction,
)

LONG_BYTES = 500_000
"""Of a recording from which on it pays to import what reads lines fast, which takes as long as to read some
hundred of them."""

Reading = Callable[[bytes], RecordedTransaction]
"""Reads a line; raises :class:`SchemaError`, ValueError or RecursionError if it is no transaction."""


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
    found = list(_lines(data.removeprefix(b"\xef\xbb\xbf"), file))
    if not found:
        raise _empty(file)
    return found


def _lines(data: bytes, file: str) -> Iterator[RecordedLine]:
    reading = _reading(data)
    for number, line in _written(data):
        yield RecordedLine(number, _transaction(reading, line, file, number))


def _reading(data: bytes) -> Reading:
    """
    What reads the lines of this recording.
    """
    if len(data) < LONG_BYTES:
        return _read_shortly
    from luahost.sources.plain_transactions import read_transaction

    return read_transaction


def _read_shortly(line: bytes) -> RecordedTransaction:
    return recorded_transaction(json.loads(line))


def _written(data: bytes) -> Iterator[tuple[int, bytes]]:
    """
    The lines with something in them, by their numbers.
    """
    begins, number = 0, 1
    while begins < len(data):
        ends = data.find(b"\n", begins)
        ends = len(data) if ends < 0 else ends
        line = data[begins:ends]
        if line.strip():
            yield number, line
        begins, number = ends + 1, number + 1


def _transaction(reading: Reading, line: bytes, file: str, number: int) -> RecordedTransaction:
    try:
        return reading(line)
    except SchemaError as error:
        raise InputError(str(error), file=file, line=number) from None
    except (ValueError, RecursionError):
        words = "this is no line of JSON; a line that was not written to its end can be removed"
        raise InputError(words, file=file, line=number) from None


class Replays(Sequence[Replay]):
    """
    The transactions of a session, each read again from its line when it is wanted: of a long recording the
    text alone is kept, which is a fifth of all that it says.

    Args:
        file: The recording.

        lines: Number and text of each line, which has been read once and is right.

        reading: What reads a line.
    """

    def __init__(self, file: str, lines: Sequence[tuple[int, bytes]], reading: Reading) -> None:
        self._file = file
        self._reading = reading
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Replay: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Replay]: ...
    def __getitem__(self, index: int | slice) -> Replay | Sequence[Replay]:
        if isinstance(index, slice):
            return Replays(self._file, self._lines[index], self._reading)
        number, line = self._lines[index]
        return Replay(_transaction(self._reading, line, self._file, number), self._file, number)


def read_recording(data: bytes, *, file: str) -> list[Input]:
    """
    What each session of a recording does, in the order in which they begin.

    Raises:
        InputError: It is no recording.
    """
    users: dict[object, Mapping[str, Any]] = {}
    sessions: dict[object, list[tuple[int, bytes]]] = {}
    reading = _reading(data)
    for number, line in _written(data.removeprefix(b"\xef\xbb\xbf")):
        transaction = _transaction(reading, line, file, number)
        users.setdefault(transaction.session, transaction.user)
        sessions.setdefault(transaction.session, []).append((number, line))
    if not sessions:
        raise _empty(file)
    return [
        Input(
            name=f"{file}:{lines[0][0]}",
            user=users[session],
            # Nobody knows what was there before, but a new user's INBOX would have been told of.
            mailboxes={"INBOX": MailboxState()},
            steps=Replays(file, lines, reading),
        )
        for session, lines in sessions.items()
    ]


def _empty(file: str) -> InputError:
    return InputError("there is no transaction in this recording", file=file)
