"""
Workers of pytest-xdist share the work of compiling the tests.

Each worker imports every test module. pytest puts its own assertions in and keeps the outcome, so that the
next one only reads it; but in a fresh clone all workers start at the same time with the same module, and
each does all of that work.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


def share(config: pytest.Config) -> None:
    """
    Import all test modules, beginning elsewhere than the other workers do. Collection finds them there.

    Nothing is done where there are no workers, or where only some tests were asked for.
    """
    worker: dict[str, object] = getattr(config, "workerinput", {})
    if not worker or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    number = int(str(worker["workerid"]).removeprefix("gw"))
    names = modules(config.rootpath, config.getini("testpaths"))
    begin = len(names) * number // int(str(worker["workercount"]))
    for name in names[begin:] + names[:begin]:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001  collection meets it again, and says where it is
            return


def modules(root: Path, folders: list[str]) -> list[str]:
    """
    The names of the test modules in these folders, in order.
    """
    paths = [
        path.relative_to(root) for folder in folders for path in root.joinpath(folder).rglob("test_*.py")
    ]
    return sorted(".".join(path.with_suffix("").parts) for path in paths)
