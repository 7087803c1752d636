"""
Tests that need a Debian package say so here, and never hide that they did not run.

``needs("lua5.4", "lua-socket")`` is a mark. Where a package is missing the test is skipped with the
command that would enable it; with ``CI`` set it fails instead. ``make test`` installs everything in
``debian-packages.txt`` when it can.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

import pytest

PACKAGES = frozenset((Path(__file__).parent / "debian-packages.txt").read_text("utf-8").split())


def needs(*packages: str) -> pytest.MarkDecorator:
    """
    Mark a test, or a module as ``pytestmark``, as needing Debian packages.
    """
    return pytest.mark.needs(*packages)


@functools.cache
def installed(package: str) -> bool:
    """
    Whether dpkg has it.
    """
    try:
        answer = subprocess.run(
            ["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return False
    return answer.stdout == "install ok installed"


def check(item: pytest.Item) -> None:
    """
    Skip, or fail in CI, a test whose packages are not there.
    """
    wanted = {package for mark in item.iter_markers("needs") for package in mark.args}
    if unlisted := wanted - PACKAGES:
        pytest.fail(f"not in tests/debian-packages.txt: {' '.join(sorted(unlisted))}", pytrace=False)
    if missing := sorted(package for package in wanted if not installed(package)):
        words = f"to run this test: apt-get install {' '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
