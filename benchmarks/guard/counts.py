"""
What the repository remembers of instruction counts, and what a new count says beside it.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BAND = 0.10
"""How far a count may be from the one that is remembered, as a part of that."""

FILE = Path(__file__).with_name("counts.json")


@dataclass(frozen=True, slots=True)
class Compared:
    """
    A workload's count beside the one that is remembered.

    Attributes:
        name: The workload.

        now: Instructions for each transaction, event or session, in this run.

        kept: The same as the repository has it.
    """

    name: str
    now: int
    kept: int

    @property
    def change(self) -> float:
        """
        By how much it is more, as a part of what is kept; less is negative.
        """
        return self.now / self.kept - 1

    @property
    def verdict(self) -> str:
        """
        ``as kept``, ``more`` or ``fewer``.
        """
        if abs(self.now - self.kept) <= BAND * self.kept:
            return "as kept"
        return "more" if self.now > self.kept else "fewer"


def interpreter() -> str:
    """
    Where counts are comparable: one minor version of Python, built with or without profiles (Debian's is, and
    takes fewer), one version of lupa, one kind of processor.
    """
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    built = "optimized" if optimized else "plain"
    return f"python {version} {built}, lupa {importlib.metadata.version('lupa')}, {platform.machine()}"


def kept(file: Path = FILE) -> dict[str, dict[str, int]]:
    """
    The counts that are remembered, by interpreter and workload.
    """
    found: dict[str, dict[str, int]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def keep(counts: Mapping[str, int], of: str, file: Path = FILE) -> None:
    """
    Remember the counts of an interpreter.
    """
    known = kept(file) | {of: dict(counts)}
    file.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")


def compared(now: Mapping[str, int], remembered: Mapping[str, int]) -> list[Compared]:
    """
    Each workload beside what is remembered.

    Raises:
        KeyError: One is not remembered.
    """
    return [Compared(name, count, remembered[name]) for name, count in now.items()]
