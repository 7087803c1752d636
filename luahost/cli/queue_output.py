"""
Transactions of a spool as ``luahost queue`` prints them: a table, a page, JSON.

The JSON has the attributes of :class:`luahost.server.spool.Summary`, without those that are None.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from luahost.dataclass import fields
from luahost.effects import json_value
from luahost.timeline import inline

if TYPE_CHECKING:
    from luahost.server.spool import Details, Summary

HEAD = ("ID", "STATE", "ATTEMPTS", "AGE", "USER", "REASON")

_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def table(summaries: Sequence[Summary], now: float) -> Iterator[str]:
    """
    A head and a line for each; nothing for none.
    """
    rows = [_row(one, now) for one in summaries]
    if not rows:
        return
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD) - 1)]
    for row in (HEAD, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def about(details: Details, now: float) -> Iterator[str]:
    """
    A line for each thing that is known, and the transaction as it came.
    """
    summary = details.summary
    yield f"id: {summary.id}"
    yield f"user: {inline(summary.user)}"
    yield f"state: {summary.state}"
    yield f"attempts: {summary.attempts}"
    for name in ("accepted", "changed", "due", "expires"):
        moment = getattr(summary, name)
        if moment is not None:
            yield f"{name}: {_moment(moment, now)}"
    if summary.reason is not None:
        yield f"reason: {inline(summary.reason)}"
    for key in details.answers:
        yield f"answered: {inline(key)}"
    yield f"transaction: {inline(details.payload.decode('utf-8', 'surrogateescape').strip())}"


def json_line(summary: Summary) -> str:
    """
    One in JSON.
    """
    return json.dumps(_object(summary), allow_nan=False)


def json_details(details: Details) -> str:
    """
    Everything in JSON: the transaction as the object that came, and the keys of what was answered.
    """
    try:
        transaction = json.loads(details.payload)
    except ValueError:
        transaction = json_value(details.payload)
    found = {"answered": [json_value(key) for key in details.answers], "transaction": transaction}
    return json.dumps({**_object(details.summary), **found})


def _object(summary: Summary) -> dict[str, Any]:
    values = {field.name: getattr(summary, field.name) for field in fields(summary)}
    return {name: json_value(value) for name, value in values.items() if value is not None}


def _row(summary: Summary, now: float) -> tuple[str, ...]:
    return (
        summary.id,
        summary.state,
        str(summary.attempts),
        span(now - summary.accepted),
        inline(summary.user),
        inline(summary.reason or ""),
    )


def _moment(moment: float, now: float) -> str:
    when = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
    distance = f"{span(now - moment)} ago" if moment <= now else f"in {span(moment - now)}"
    return f"{when} ({distance})"


def span(seconds: float) -> str:
    """
    A length of time in its two largest units: ``3h 5m``.
    """
    left = max(int(seconds), 0)
    parts: list[str] = []
    for size, unit in _UNITS:
        if left >= size or (size == 1 and not parts):
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join(parts[:2])
