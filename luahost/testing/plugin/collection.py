"""
Which files are luahost's to run. What runs them is imported when there is one.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """
    Take scenario files and Lua specs for tests.
    """
    if not file_path.name.endswith(tuple(parent.config.getini("luahost_files"))):
        return None
    from luahost.testing.collect import is_test_file
    from luahost.testing.plugin.files import CaseFile

    if not is_test_file(file_path.name):
        return None
    return CaseFile.from_parent(parent, path=file_path)
