"""
What a line of the server's log says beside its words: whose transaction, which attempt, what came of it.

A log call has them as ``extra=about(claim, …)``; how they are written is the business of whoever writes the
log. The names are stable, and ``docs/operating.md`` lists them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from luahost.effects import Failure
from luahost.server.spool import Claim, Summary

ATTRIBUTE = "luahost_fields"
"""Where a log record has them."""


def about(claim: Claim, **more: str | float | None) -> dict[str, dict[str, Any]]:
    """
    The ``extra`` of a log call about an attempt.

    Args:
        claim: Of which transaction.

        more: What else there is to say; None is left out.
    """
    fields = {"transaction": claim.id, "user": claim.user, "attempt": claim.attempt, **more}
    return {ATTRIBUTE: {name: value for name, value in fields.items() if value is not None}}


def about_id(transaction: str) -> dict[str, dict[str, Any]]:
    """
    The same where no more is known than the transaction's id.
    """
    return {ATTRIBUTE: {"transaction": transaction}}


def about_summary(summary: Summary) -> dict[str, dict[str, Any]]:
    """
    The same of a transaction that came to its end without an attempt.
    """
    fields = {
        "transaction": summary.id,
        "user": summary.user,
        "attempt": summary.attempts,
        "state": str(summary.state),
        "reason": summary.reason,
    }
    return {ATTRIBUTE: {name: value for name, value in fields.items() if value is not None}}


def of_failure(failure: Failure | None) -> dict[str, str | float | None]:
    """
    What there is to say, with :func:`about`, of where a script failed.
    """
    if failure is None:
        return {}
    place = {"script": failure.file, "line": failure.line, "function": failure.function}
    return {**place, "limit": failure.limit}


def fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """
    The fields of a record; none if it is about no attempt.
    """
    found: Mapping[str, Any] = getattr(record, ATTRIBUTE, {})
    return found
