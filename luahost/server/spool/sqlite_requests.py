"""
What is asked of the writer of a spool's file, and what one round of it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from luahost.dataclass import dataclass, field
from luahost.errors import LuahostError
from luahost.server.spool.entries import Answered, Batch, Claim, State, Summary
from luahost.server.spool.putting import Kept
from luahost.server.spool.sqlite_file import AnswerRow, EndRow, Row, WindowRow
from luahost.server.spool.sqlite_keys import KeyRow
from luahost.server.spool.turns import Waiting


@dataclass(slots=True)
class Put:
    """
    Keep a batch.
    """

    batch: Batch
    future: Future[list[str]] = field(default_factory=Future)


@dataclass(slots=True)
class PutEach:
    """
    Keep each of these batches that can be.
    """

    batches: Sequence[Batch]
    future: Future[list[Kept]] = field(default_factory=Future)


@dataclass(slots=True)
class RecordEach:
    """
    Keep each of these answers that can be.
    """

    answers: Sequence[Answered]
    future: Future[list[LuahostError | None]] = field(default_factory=Future)


@dataclass(slots=True)
class End:
    """
    Attempts are over, and their transactions are to have this state; ``QUEUED`` is for what was given back.
    """

    ids: Sequence[str]
    state: State
    due: float | None = None
    reason: str | None = None
    counts: bool = True
    future: Future[None] = field(default_factory=Future)


@dataclass(slots=True)
class Claimer:
    most: int
    future: Future[list[Claim]] = field(default_factory=Future)


Request = Put | PutEach | RecordEach | End

Taken = tuple[Claim, Waiting]
"""What was claimed, and its turn."""


@dataclass(slots=True)
class Group:
    """
    What is written together, and who hears of it.
    """

    time: float
    now: float
    rows: list[Row] = field(default_factory=list)
    windows: list[WindowRow] = field(default_factory=list)
    answers: list[AnswerRow] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    ends: list[EndRow] = field(default_factory=list)
    keys: dict[bytes, KeyRow] = field(default_factory=dict)
    ended: list[Taken] = field(default_factory=list)
    grants: list[tuple[Claimer, list[Waiting]]] = field(default_factory=list)
    claimed: list[Taken] = field(default_factory=list)
    expired: list[Summary] = field(default_factory=list)
    results: list[tuple[Future[Any], Any]] = field(default_factory=list)
