"""
Recordings as they lie in a folder: ``<version>/<scenario>.jsonl`` and ``messages/<name>.eml``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIALECTS = {"2.3.19.1": "2.3", "2.4.1": "2.4"}
"""The dialect that stands for each recorded version."""

FIXTURES = Path(__file__).parents[2] / "fixtures" / "oracle"

Record = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """
    One file of recordings.

    Attributes:
        version: The recorded Dovecot's, a key of ``DIALECTS``.

        name: ``failures``, ``api_event`` …

        file: Where its records are.

        messages: The folder of the messages that they name.
    """

    version: str
    name: str
    file: Path
    messages: Path

    def records(self) -> Iterator[Record]:
        """
        The records in order.

        Raises:
            ValueError: A line is no JSON object; the text says which.
        """
        with self.file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                except ValueError as error:
                    raise ValueError(f"{self.file}:{number}: no record: {error}") from None
                if not isinstance(record, dict) or not {"step", "op"} <= record.keys():
                    raise ValueError(f"{self.file}:{number}: no record: it needs a step and an op")
                yield record


def scored(record: Record) -> bool:
    """
    Whether the record tells what the real server did.
    """
    return "calls" in record


def scenarios(folder: Path, *, version: str | None = None, name: str | None = None) -> list[Scenario]:
    """
    What lies in the folder; only of that version and name if they are given.

    Raises:
        ValueError: Nothing of the kind lies there.
    """
    messages = folder / "messages"
    found = [
        Scenario(of, file.stem, file, messages if messages.is_dir() else FIXTURES / "messages")
        for of in DIALECTS
        for file in sorted((folder / of).glob("*.jsonl"))
        if version in (None, of) and name in (None, file.stem)
    ]
    if not found:
        wanted = f"{version or '<version>'}/{name or '*'}.jsonl"
        raise ValueError(f"no recordings: there is no {folder / wanted}; versions are {', '.join(DIALECTS)}")
    return found
