"""
``luahost --version``, with which others probe for luahost.
"""

from __future__ import annotations

import subprocess
import sys

from tests.cli.command_line import ROOT


def test_the_version_costs_no_more_than_python() -> None:
    """
    ``luahost --version`` imports nothing but luahost itself.
    """
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True, check=True
    )
    version = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from luahost.cli import main; main(['--version'])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert imported(version.stderr) - imported(bare.stderr) == {"luahost", "luahost.cli"}
    assert version.stdout.startswith("luahost ")


def imported(importtime: str) -> set[str]:
    """
    The modules that ``-X importtime`` names.
    """
    return {
        line.rpartition("|")[2].strip() for line in importtime.splitlines() if line.startswith("import time:")
    }
