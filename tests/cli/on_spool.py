"""
What the tests of verbs that work on a spool have in common.
"""

from __future__ import annotations

from collections.abc import Callable

OnSpool = Callable[..., list[str]]
"""Runs a verb on the test's spool, which ends with this exit code; answers its lines."""

PAYLOAD = b'{"luahost_transaction": 1, "user": {"username": "bob"}, "events": [], "success": true}'
