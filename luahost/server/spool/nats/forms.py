"""
How transactions, their attempts and their ends are written into messages.

A message's body is the transaction as it came; what the spool knows of it is JSON in the header ``Luahost``.
What is known of its attempts is JSON too. Both are ASCII: a user's name may have bytes that are no text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from luahost.dataclass import dataclass, replace
from luahost.server.spool.entries import Entry, State, Summary, Window
from luahost.server.spool.nats.requests import Message

HEADER = "Luahost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """
    A transaction that is not finished, without its payload.

    Attributes:
        user: See :class:`~luahost.server.spool.entries.Entry`.

        accepted: When it was put.

        expires: See :class:`~luahost.server.spool.entries.Entry`.

        window: The same.

        place: Its place among all, if it is not that of its message, as an operator queued it once more.

        round: How often an operator did.

        since: When the last time was; None for never.

        answers: Whether there may be answers from before that.
    """

    user: str = ""
    accepted: float
    expires: float | None = None
    window: Window | None = None
    place: int | None = None
    round: int = 0
    since: float | None = None
    answers: bool = False

    def headers(self) -> dict[str, str]:
        """
        It as a message's headers.
        """
        return {HEADER: _written(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    How far a transaction is, once somebody has begun it or an operator has changed it.

    Attributes:
        state: ``queued``, ``running``, ``retrying``; ``expired`` while it is being moved there.

        attempts: How many were begun and count.

        changed: When the state last changed.

        due: Not before this time; None if it runs.

        reason: What went wrong last.

        run: The place of the first of those that it was run with; None if it was not yet, or cannot be.

        node: Who has begun it.

        expires: See :class:`~luahost.server.spool.entries.Entry`; an operator may have changed it.

        since: When an operator asked for another attempt; None for never.

        answers: Whether there are answers to requests of its attempts.

        dropped: Whether it is being removed.
    """

    state: State
    attempts: int
    changed: float
    expires: float | None = None
    due: float | None = None
    reason: str | None = None
    run: int | None = None
    node: str = ""
    since: float | None = None
    answers: bool = False
    dropped: bool = False

    def written(self) -> bytes:
        """
        It as a message's body.
        """
        return _written(self).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """
    A transaction that is finished, without its payload.

    Attributes:
        kept: What it was.

        place: Its place among all; 0 if it came from another spool when it was finished.

        attempts: How many there were.

        changed: When it came to its end.

        reason: Why it is dead or expired, or what went wrong before it was done.

        answers: Whether there may be answers to requests of its attempts.
    """

    kept: Kept
    place: int
    attempts: int
    changed: float
    reason: str | None = None
    answers: bool = False

    def headers(self) -> dict[str, str]:
        """
        It as a message's headers.
        """
        return {HEADER: _written(self)}


def kept_of(entry: Entry, accepted: float) -> Kept:
    """
    What is kept of one that is put.
    """
    return Kept(user=entry.user, accepted=accepted, expires=entry.expires, window=entry.window)


def read_kept(message: Message) -> Kept:
    """
    A message of the stream of transactions.
    """
    return _kept(json.loads(message.headers[HEADER]))


def read_end(message: Message) -> End:
    """
    A message of one of the streams of finished ones.
    """
    found = json.loads(message.headers[HEADER])
    return End(**{**found, "kept": _kept(found["kept"])})


def read_record(message: Message) -> Record:
    """
    A message of the bucket of attempts.
    """
    found = json.loads(message.payload)
    return Record(**{**found, "state": State(found["state"])})


def first_record(kept: Kept) -> Record:
    """
    How far one is that nobody has begun.
    """
    moment = kept.accepted if kept.since is None else kept.since
    due = moment if kept.window is None or kept.since is not None else kept.window.until
    return Record(
        state=State.QUEUED, attempts=0, changed=moment, expires=kept.expires, due=due, since=kept.since
    )


def summary_of(id: str, kept: Kept, record: Record, payload_bytes: int) -> Summary:
    """
    One that is not finished, as a list shows it.
    """
    return Summary(
        id=id,
        user=kept.user,
        state=record.state,
        attempts=record.attempts,
        accepted=kept.accepted,
        changed=record.changed,
        due=record.due,
        expires=record.expires,
        reason=record.reason,
        payload_bytes=payload_bytes,
    )


def summary_of_end(id: str, state: State, end: End, payload_bytes: int) -> Summary:
    """
    One that is finished, as a list shows it.
    """
    return Summary(
        id=id,
        user=end.kept.user,
        state=state,
        attempts=end.attempts,
        accepted=end.kept.accepted,
        changed=end.changed,
        due=None,
        expires=end.kept.expires,
        reason=end.reason,
        payload_bytes=payload_bytes,
    )


def queued_again(end: End, *, since: float, expires: float | None, answers: bool) -> Kept:
    """
    What is kept of a finished one that is queued once more, in its old place.
    """
    kept = end.kept
    return replace(
        kept, expires=expires, place=end.place or None, round=kept.round + 1, since=since, answers=answers
    )


def written_answer(key: str, answer: bytes) -> bytes:
    """
    An answer with its key, which only a hash of is in the subject.
    """
    name = json.dumps(key).encode("ascii")
    return b"%d:%b%b" % (len(name), name, answer)


def read_answer(body: bytes) -> tuple[str, bytes]:
    """
    Key and answer.
    """
    length, _, rest = body.partition(b":")
    number = int(length)
    return json.loads(rest[:number]), rest[number:]


def _kept(found: Mapping[str, Any]) -> Kept:
    window = found.get("window")
    return Kept(**{**found, "window": None if window is None else Window(**window)})


def _written(form: Kept | Record | End) -> str:
    return json.dumps(_told(form), separators=(",", ":"))


def _told(form: Kept | Record | End | Window) -> dict[str, Any]:
    """
    What it says, without what it is unless told otherwise.
    """
    told: dict[str, Any] = {}
    for name in form.__slots__:
        value = getattr(form, name)
        if isinstance(value, Kept | Window):
            told[name] = _told(value)
        elif value is not None and value is not False and value != "":
            told[name] = value
    return told
