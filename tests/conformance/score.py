"""
Replays a scenario and says of each record whether luahost did the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.api.web import Web
from tests.conformance.compare import Difference, Names, recorded
from tests.conformance.records import Record, Scenario, scored
from tests.conformance.replay import Server

SHORT_ENOUGH = len("/dev/shm")


@dataclass(frozen=True)
class Scored:
    """
    One record, replayed.

    Attributes:
        identical: Whether luahost did the same; None if the record does not tell what Dovecot did.

        differences: Where not.
    """

    scenario: Scenario
    record: Record
    identical: bool | None
    differences: list[Difference] = field(default_factory=list)

    @property
    def step(self) -> int:
        """
        The record's number in its scenario, from 1.
        """
        return int(self.record["step"])

    def to_json(self, reason: str | None) -> dict[str, Any]:
        """
        What ``--json`` prints of it.
        """
        found: dict[str, Any] = {
            "version": self.scenario.version,
            "scenario": self.scenario.name,
            "step": self.step,
            "identical": self.identical,
        }
        if reason is not None:
            found["exception"] = reason
        if self.differences:
            found["differences"] = [
                {"part": one.part, "dovecot": one.dovecot, "luahost": one.luahost} for one in self.differences
            ]
        return found


def replay(scenario: Scenario) -> Iterator[Scored]:
    """
    Each record of a scenario, in order.
    """
    records = list(scenario.records())
    # A short path: Lua shortens the names of scripts in messages that are longer than 59 bytes.
    with tempfile.TemporaryDirectory(prefix="lh", dir=short_folder()) as base, Web() as web:
        names = Names(base, web.place)
        with Server(scenario, Path(base), web) as server:
            for number, record in enumerate(records):
                previous = records[number - 1] if number else None
                actual = server.replay(record, previous, records[number + 1 :])
                if server.emptied:
                    names.forget_uid_validities()
                if not scored(record):
                    yield Scored(scenario, record, None)
                    continue
                expected = recorded(record)
                if record["op"]["proto"] == "lmtp":
                    server.lmtp_lives(not any(line.endswith(": killed") for line in expected["log"]))
                found = names.differences(expected, actual)
                yield Scored(scenario, record, not found, found)


def short_folder() -> str | None:
    """
    Where temporary folders have short names; None for the usual place.
    """
    usual = len(tempfile.gettempdir()) <= SHORT_ENOUGH
    return "/tmp" if not usual and Path("/tmp").is_dir() else None
