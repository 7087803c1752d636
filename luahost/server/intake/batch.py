"""
A request's body → the transactions in it, each checked against ``docs/transaction.schema.json``.

JSON is one transaction, or a list of them; JSON lines are what a recording has. If one of them is wrong none
is taken.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NoReturn

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.server.intake.answers import RefusalError
from luahost.server.spool import Entry
from luahost.sources.plain_transactions import items_of, plain_user
from luahost.sources.transaction_schema import SchemaError, recorded_transaction

JSON_TYPE = "application/json"
LINES_TYPES = frozenset({"application/x-ndjson", "application/jsonl", "application/x-jsonlines"})
"""What a recording may be called."""

_LIST = patterns.compile(rb"\s*\[")
_BOM = b"\xef\xbb\xbf"

MOST_TRANSACTIONS = 10_000
"""In one request: all of them are written to disk at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MostAtOnce:
    """
    How many transactions there is room for if nothing waits: of more, no later try would be taken either.

    Attributes:
        transactions: In all.

        of_user: Of one user.
    """

    transactions: int = MOST_TRANSACTIONS
    of_user: int = MOST_TRANSACTIONS

    def check(self, entries: Sequence[Entry]) -> None:
        """
        See that there are no more.

        Raises:
            RefusalError: There are, 413.
        """
        if len(entries) > self.transactions:
            words = f"{len(entries)} transactions at once; {self.transactions} may be (max_queued)"
        elif len(entries) > self.of_user < max(Counter(entry.user for entry in entries).values()):
            words = f"more than {self.of_user} transactions of one user at once (max_queued_per_user)"
        else:
            return
        raise RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{words}; bring them in several parts")


def read_batch(
    body: bytes, *, content_type: str, expires: float | None, most: MostAtOnce | None = None
) -> list[Entry]:
    """
    The transactions in a body.

    Args:
        body: All of it.

        content_type: What the client calls it.

        expires: When they are of no more use, in seconds since 1970.

        most: How many there may be; None: not more than in any request.

    Raises:
        RefusalError: It is something else, 415; or it is malformed, 400, with the path of what is wrong; or
            there are too many, 413.
    """
    entries = _entries(body, content_type, expires)
    if most is not None:
        most.check(entries)
    return entries


def _entries(body: bytes, content_type: str, expires: float | None) -> list[Entry]:
    kind = content_type if content_type == JSON_TYPE else content_type.partition(";")[0].strip().lower()
    if kind in LINES_TYPES:
        written = [line for line in body.removeprefix(_BOM).split(b"\n") if line.strip()]
        return _plain(written, expires) or _several(_lines(written), expires)
    if kind != JSON_TYPE:
        words = f"Content-Type is {JSON_TYPE}, or application/x-ndjson for a recording; found {kind[:60]!r}"
        raise RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words)
    if body.startswith(b"{"):
        # Most is one transaction, and nothing is before it.
        user = plain_user(body)
        plain = None if user is None else [Entry(user=user, payload=body, expires=expires)]
    else:
        plain = _plain(items_of(body) if _LIST.match(body) else [body], expires)
    if plain is not None:
        return plain
    value = _parsed(body, "")
    if isinstance(value, list):
        return _several([(f"[{index}]", each, _written(each)) for index, each in enumerate(value)], expires)
    return [_entry("", value, body, expires)]


def _plain(written: Sequence[bytes], expires: float | None) -> list[Entry] | None:
    """
    These if all of them are plainly transactions.
    """
    if len(written) > MOST_TRANSACTIONS:
        return None
    entries = []
    for each in written:
        user = plain_user(each)
        if user is None:
            return None
        entries.append(Entry(user=user, payload=each, expires=expires))
    return entries or None


def _lines(written: Sequence[bytes]) -> list[tuple[str, Any, bytes]]:
    """
    Each line: its place, its value and itself. Places count transactions, from 0.
    """
    return [(f"[{index}]", _parsed(line, f"[{index}]"), line) for index, line in enumerate(written)]


def _several(found: list[tuple[str, Any, bytes]], expires: float | None) -> list[Entry]:
    if not found:
        _refuse("", "a transaction is needed here, found none")
    if len(found) > MOST_TRANSACTIONS:
        words = f"{len(found)} transactions in one request; {MOST_TRANSACTIONS} may be"
        raise RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words)
    return [_entry(path, value, written, expires) for path, value, written in found]


def _entry(path: str, value: Any, written: bytes, expires: float | None) -> Entry:
    try:
        transaction = recorded_transaction(value)
    except SchemaError as error:
        inner = f".{error.path}" if path and error.path else error.path
        _refuse(path + inner, error.words)
    return Entry(user=transaction.user["username"], payload=written, expires=expires)


def _parsed(written: bytes, path: str) -> Any:
    try:
        return json.loads(written, parse_constant=_no_constant)
    except RecursionError:
        _refuse(path, "this is nested too deeply")
    except ValueError as error:
        _refuse(path, f"this is no JSON: {error}")


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"JSON has no {word}")


def _written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _refuse(path: str, words: str) -> NoReturn:
    raise RefusalError(HTTPStatus.BAD_REQUEST, f"{path}: {words}" if path else words, path=path)
