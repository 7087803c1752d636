"""
Waiting for files to change, without waiting.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.testing.watch import POLL_SECONDS, Watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A folder with a script, a test and things that do not matter.
    """
    for name in ("push.lua", "tests/push.luatest.yaml", ".git/x.lua", "tests/__snapshots__/x.json", "x.pyc"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("1", "utf-8")
    return tmp_path


def test_changes(folder: Path) -> None:
    """
    Scripts and tests that are changed, made or removed are noticed, once; other files are not.
    """
    watch = Watch([str(folder)])
    (folder / "push.lua").write_text("22", "utf-8")
    (folder / "new.eml").write_text("1", "utf-8")
    (folder / "tests/push.luatest.yaml").unlink()
    for name in (".git/x.lua", "tests/__snapshots__/x.json", "x.pyc"):
        (folder / name).write_text("22", "utf-8")

    changed = [str(folder / name) for name in ("new.eml", "push.lua", "tests/push.luatest.yaml")]
    assert watch.changes() == changed
    assert watch.changes() == []


def test_waiting(folder: Path) -> None:
    """
    It looks again and again until something has changed, or somebody has had enough.
    """
    watch = Watch([str(folder / "push.lua")])
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            (folder / "push.lua").write_text("333", "utf-8")

    assert watch.wait(sleep, stopped=lambda: False) == [str(folder / "push.lua")]
    assert slept == [POLL_SECONDS] * 3
    assert watch.wait(sleep, stopped=lambda: len(slept) == 5) == []


def test_folders_that_are_added(folder: Path) -> None:
    """
    A folder that is added is watched from then on, and is no change itself.
    """
    watch = Watch([str(folder / "tests")])
    watch.also([str(folder)])
    assert watch.changes() == []

    (folder / "push.lua").write_text("333", "utf-8")
    assert watch.changes() == [str(folder / "push.lua")]
