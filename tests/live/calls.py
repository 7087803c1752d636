"""
What the probe script saw, as lines that can be compared and read.

Dovecot takes a UIDVALIDITY from the clock and luahost counts, so those of the real server are told as
luahost's. Everything else has to be equal, integers and floats apart.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

PROBE = Path(__file__).with_name("probe.lua")

LIFE = ("script_init", "script_deinit")
"""Calls outside transactions. LMTP also loads the script for a user of its own, who has no mail."""


class CallsFile:
    """
    The probe's file, read on from where it was read before.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "calls.jsonl"
        self._offset = 0

    def take(self) -> list[dict[str, Any]]:
        """
        The calls since the last time.
        """
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            # What a process is just writing has no end of line yet.
            lines, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(lines + newline)
        return [json.loads(line) for line in lines.splitlines()]


class UidValidities:
    """
    Which UIDVALIDITY of the real server is which of luahost's.

    A Maildir's may change when the second message is saved into it: it is made up from the clock until
    Dovecot has written it down. So one of luahost's may have had two real ones.
    """

    def __init__(self) -> None:
        self._ours: dict[float, float] = {}

    def ours(self, real: Any, expected: Any) -> Any:
        """
        Luahost's for a real one.

        Args:
            real: What the real server's script saw.

            expected: What luahost's saw in the same place.
        """
        if real not in self._ours and list(self._ours.values()).count(expected) < 2:
            self._ours[real] = expected
        return self._ours.get(real, f"another one ({real})")


def in_transactions(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    The calls that belong to a transaction.
    """
    return [call for call in calls if call["call"] not in LIFE]


def as_ours(real: list[dict[str, Any]], ours: list[dict[str, Any]], validities: UidValidities) -> None:
    """
    Put luahost's UIDVALIDITY into the real server's calls.
    """
    for call, other in zip_longest(real, ours):
        event = (call or {}).get("event", {})
        if "uid_validity" in event:
            expected = (other or {}).get("event", {}).get("uid_validity")
            event["uid_validity"] = validities.ours(event["uid_validity"], expected)


def shown(call: dict[str, Any]) -> str:
    r"""
    A call as a line: ``1 event_flags_set arguments=2 flags=["\\Seen"] …``.
    """
    values = {name: value for name, value in call.items() if name not in ("call", "load", "event")}
    values |= call.get("event", {})
    words = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return " ".join([call["call"], *words])
