"""
What is logged of transactions whose time was over before they were done: nobody will hear of them any more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from luahost.server.log_fields import about_summary
from luahost.server.spool import Summary

MOST_TOLD = 100
"""Of those that expire in the same moment: after an hour without a server they may be very many."""

log = logging.getLogger("luahost.server")


def tell_expired(expired: Sequence[Summary]) -> None:
    """
    Log that these are expired.

    Args:
        expired: Those that are since a moment ago; where one was never begun, ``reason`` says so.
    """
    for each in expired[:MOST_TOLD]:
        words = "%s: expired after %d attempts: %s"
        log.error(words, each.id, each.attempts, each.reason, extra=about_summary(each))
    if len(expired) > MOST_TOLD:
        log.error("%d other transactions are expired, too", len(expired) - MOST_TOLD)
