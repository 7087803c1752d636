"""
Sources: where transactions come from. An argument of ``luahost run`` becomes an :class:`Input`, and one that
is a recording an input for each session in it.

A message, a YAML fixture, a recording, or one of them on standard input: its steps are performed on a
session, and drivers never learn what they were written in.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO

from luahost import patterns
from luahost.errors import InputError
from luahost.message import read as _read_message
from luahost.sources.files import LONG_BYTES, all_of, opened
from luahost.sources.inputs import Input, MailboxState, MessageState
from luahost.sources.steps import Deliver, Happening, Notify, Perform, Rollback, Step

__all__ = [
    "Deliver",
    "Happening",
    "Input",
    "MailboxState",
    "MessageState",
    "Notify",
    "Perform",
    "Rollback",
    "Step",
    "inputs",
    "read",
    "sample",
]

_SAMPLE = os.path.join(os.path.dirname(__file__), "sample.eml")

_FIXTURE_BEGINNING = patterns.compile(
    rb"""
    (?:\xef\xbb\xbf)?  # a byte order mark; then blank lines, comments, directives
    (?: (?: [ \t\r]*+ (?:\#[^\n]*+)? | (?:---|%)[^\n]*+ ) \n )*+
    (?:user|settings|mailboxes|when) [ \t]*+ : (?:[ \t\r\n]|\Z)
    """,
    re.VERBOSE,
)

_RECORDING_BEGINNING = patterns.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"luahost_transaction"\s*+:')


def inputs(name: str, *, stdin: BinaryIO) -> list[Input]:
    """
    What an argument names; more than one input only if it is a recording.

    ``.yaml`` and ``.yml`` are fixtures, ``.eml`` are messages and ``.jsonl`` recordings. Any other file, and
    standard input, is a fixture if its first key is one of a fixture's, in lower case, and a recording if it
    begins as one; else it is a message, and a message is never refused for what is in it.

    Args:
        name: A path, or ``-`` for standard input.

        stdin: Read if the name is ``-``.

    Raises:
        InputError: There is no such file, it cannot be read, it is empty, or it is a broken fixture or
            recording.
    """
    with _given(name, stdin) as file:
        try:
            return _inputs(name, file)
        except OSError as error:
            words = "standard input cannot" if name == "-" else "cannot"
            raise InputError(f"{words} be read: {error.strerror}", file=name) from None


def _inputs(name: str, file: BinaryIO) -> list[Input]:
    data = file.read(LONG_BYTES)
    if not data:
        of = "standard input is empty; a" if name == "-" else "the file is empty; a"
        raise InputError(f"{of} message or a fixture is needed", file=name)
    if _is_fixture(name, data):
        # PyYAML and the format are loaded for fixtures only; a delivery starts faster without.
        from luahost.sources.fixture import read_fixture

        return [read_fixture(data + _rest(name, file), file=name)]
    if _is_recording(name, data):
        from luahost.sources.recording import read_long_recording, read_recording

        if len(data) == LONG_BYTES:
            return read_long_recording(data, file, name=name)
        return read_recording(data, file=name)
    return [_delivery(name, data + _rest(name, file))]


def _rest(name: str, file: BinaryIO) -> bytes:
    return all_of(file, blame=lambda words: InputError(words, file=name))


def read(name: str, *, stdin: BinaryIO) -> Input:
    """
    The one input that an argument names.

    Raises:
        InputError: As for :func:`inputs`; or it is a recording of several sessions.
    """
    found = inputs(name, stdin=stdin)
    if len(found) > 1:
        raise InputError(f"this recording has {len(found)} sessions, and one is needed", file=name)
    return found[0]


def sample() -> Input:
    """
    What there is to see without any input: the delivery of a small message from Alice to Bob.
    """
    with open(_SAMPLE, "rb") as file:
        return _delivery("sample.eml", file.read())


def _given(name: str, stdin: BinaryIO) -> AbstractContextManager[BinaryIO]:
    if name == "-":
        return nullcontext(stdin)
    return opened(name, blame=lambda words: InputError(words, file=name))


def _is_fixture(name: str, data: bytes) -> bool:
    lower_name = name.lower()
    if lower_name.endswith((".yaml", ".yml")):
        return True
    return not lower_name.endswith(".eml") and _FIXTURE_BEGINNING.match(data) is not None


def _is_recording(name: str, data: bytes) -> bool:
    lower_name = name.lower()
    if lower_name.endswith(".jsonl"):
        return True
    return not lower_name.endswith(".eml") and _RECORDING_BEGINNING.match(data) is not None


def _delivery(name: str, data: bytes) -> Input:
    # It comes to a user who had mail before; in a fixture a user can be new.
    return Input(
        name=name, mailboxes={"INBOX": MailboxState()}, steps=(Deliver(message=_read_message(data)),)
    )
