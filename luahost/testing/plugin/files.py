"""
Test files that need no Python, as pytest's tests: scenarios and Lua specs, with the outcomes of
``luahost test``.

Imported when the first such file is found.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luahost.dialects import DIALECTS
from luahost.errors import InputError
from luahost.runtime import LUA_VERSIONS
from luahost.testing import collect
from luahost.testing.collect import BrokenFile
from luahost.testing.outcome import RunOptions
from luahost.testing.plugin.coverage import coverage_of
from luahost.testing.plugin.options import chosen
from luahost.testing.plugin.reports import OUTCOME
from luahost.timeline import inline, printable

if TYPE_CHECKING:
    from luahost.testing.outcome import Case


class CaseFailed(Exception):
    """
    A case that has not passed; its report says why.
    """


class CaseFile(pytest.File):
    """
    A file of cases.
    """

    def collect(self) -> Iterator[pytest.Item]:
        """
        One item for each case.
        """
        here = Path.cwd()
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        try:
            cases = collect.load(os.fspath(path), run_options(self.config))
        except InputError as error:
            raise self.CollectError(printable(BrokenFile.of(error.file, error).problem.text)) from None
        for case in cases:
            name = f"{case.name}[{case.variant}]" if case.variant else case.name
            # What pytest writes to its cache and to JUnit's XML is to be UTF-8.
            yield CaseItem.from_parent(self, name=inline(name), case=case)


class CaseItem(pytest.Item):
    """
    A case as a test.
    """

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case

    def runtest(self) -> None:
        """
        Run it.
        """
        outcome = self.case.run()
        self.stash[OUTCOME] = outcome
        if outcome.result == "pending":
            skipped = pytest.skip.Exception(outcome.reason or "pending")
            skipped._use_item_location = True  # of the file, and not this line
            raise skipped
        if outcome.result != "passed":
            raise CaseFailed(outcome.report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """
        What is wrong, without Python's traceback; for errors of luahost's own with it.
        """
        if isinstance(excinfo.value, CaseFailed):
            return printable(str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """
        Where the case begins, with lines from 0.
        """
        return self.path, self.case.line - 1, self.name


def run_options(config: pytest.Config) -> RunOptions:
    """
    What the command line asks for, for cases.
    """
    return RunOptions(
        dialects=chosen(config, "--luahost-dialect", DIALECTS),
        lua=chosen(config, "--luahost-lua", LUA_VERSIONS),
        isolate=config.getoption("--luahost-isolate"),
        trusted=config.getoption("--luahost-trusted"),
        update=config.getoption("--luahost-update"),
        coverage=coverage_of(config),
    )
