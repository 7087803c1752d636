"""
Transactions as recordings have them.
"""

from __future__ import annotations

import json
from typing import Any

NEW = {"name": "MessageNew", "mailbox": "INBOX", "uid": 1, "uid_validity": 7, "subject": "Hi", "from": "a@b"}


def transaction(**changes: Any) -> dict[str, Any]:
    """
    A delivery to bob, with these keys changed; None takes one away.
    """
    made = {
        "luahost_transaction": 1,
        "user": {"username": "bob"},
        "events": [NEW],
        "success": True,
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def lines(*transactions: dict[str, Any]) -> bytes:
    """
    A recording.
    """
    return b"".join(json.dumps(each).encode() + b"\n" for each in transactions)
