"""
What a sandboxed script reaches is a list in ``fixtures/globals/``.
"""

from __future__ import annotations

import pytest

from tests.runtime.reach import FOLDER, reached


def test_reach(lua: str) -> None:
    """
    A script reaches the names of the list and no other, in each Lua.
    """
    listed = (FOLDER / f"{lua}.txt").read_text("utf-8").splitlines()
    found = reached(lua).splitlines()

    more, less = sorted(set(found) - set(listed)), sorted(set(listed) - set(found))
    assert (more, less) == ([], []), (
        "if that is meant: python -m tests.runtime.reach, and look at the difference"
    )
    assert found == listed


@pytest.mark.parametrize(
    "name", ["io", "os.execute", "string.dump", "debug.getinfo", "package.loadlib", "python"]
)
def test_never_listed(name: str, lua: str) -> None:
    """
    Some names are on no list.
    """
    listed = (FOLDER / f"{lua}.txt").read_text("utf-8").splitlines()

    assert not [line for line in listed if line.split()[0] == name]
    assert len(listed) > 300
