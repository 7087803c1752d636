"""
Recordings: a file with a transaction of a real Dovecot on each line, as ``luahost record --lua-probe`` has it
written. Each session in it becomes an :class:`~luahost.sources.inputs.Input` of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from luahost.errors import InputError
from luahost.sources.inputs import Input, MailboxState
from luahost.sources.replay import Replay
from luahost.sources.transaction_schema import (
    RecordedTransaction,
    SchemaError,
    recorded_transaction,
)


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
        raise InputError("there is no transaction in this recording", file=file)
    return found


def _lines(data: bytes, file: str) -> Iterator[RecordedLine]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                yield RecordedLine(number, recorded_transaction(json.loads(line)))
            except SchemaError as error:
                raise InputError(str(error), file=file, line=number) from None
            except (ValueError, RecursionError):
                words = "this is no line of JSON; a line that was not written to its end can be removed"
                raise InputError(words, file=file, line=number) from None


def read_recording(data: bytes, *, file: str) -> list[Input]:
    """
    What each session of a recording does, in the order in which they begin.

    Raises:
        InputError: It is no recording.
    """
    sessions: dict[object, list[RecordedLine]] = {}
    for line in read_lines(data, file=file):
        sessions.setdefault(line.transaction.session, []).append(line)
    return [
        Input(
            name=f"{file}:{lines[0].number}",
            user=lines[0].transaction.user,
            # Nobody knows what was there before, but a new user's INBOX would have been told of.
            mailboxes={"INBOX": MailboxState()},
            steps=tuple(Replay(line.transaction, file, line.number) for line in lines),
        )
        for lines in sessions.values()
    ]
