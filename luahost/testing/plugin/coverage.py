"""
Lua coverage of a run of pytest: ``--cov-lua``. Under xdist each worker measures its own part, and the parts
are put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from luahost.testing import Coverage
    from luahost.testing.coverage.options import CoverageRun

_RUN: pytest.StashKey[CoverageRun | None] = pytest.StashKey()
_SHOWN: pytest.StashKey[str] = pytest.StashKey()
_PART = "luahost_coverage"


def coverage_of(config: pytest.Config) -> Coverage | None:
    """
    What collects coverage in this run, None if nobody asks for it.
    """
    run = _coverage_run(config)
    return None if run is None else run.coverage


def _coverage_run(config: pytest.Config) -> CoverageRun | None:
    if _RUN not in config.stash:
        config.stash[_RUN] = _new_run(config)
    return config.stash[_RUN]


def _new_run(config: pytest.Config) -> CoverageRun | None:
    asked = [config.getoption(name) for name in ("--cov-lua", "--cov-lua-report", "--cov-lua-fail-under")]
    if not asked[0] and not asked[1] and asked[2] is None:
        return None
    from luahost.errors import UsageError
    from luahost.testing.coverage.options import coverage_run

    try:
        return coverage_run(*asked)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_sessionstart(session: pytest.Session) -> None:
    """
    Complain of options that mean nothing before anything runs.
    """
    _coverage_run(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """
    Take over what a worker of xdist has measured.
    """
    part = getattr(node, "workeroutput", {}).get(_PART)
    run = _coverage_run(node.config)
    if part is not None and run is not None:
        run.coverage.merge(type(run.coverage).from_plain(part))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """
    Hand the part of a worker over, or write the reports; too little coverage fails the run.
    """
    run = _coverage_run(session.config)
    if run is None:
        return
    workeroutput = getattr(session.config, "workeroutput", None)
    if workeroutput is not None:
        workeroutput[_PART] = run.coverage.to_plain()
        return
    from luahost.errors import UsageError

    try:
        shown, complaint = run.finish()
    except UsageError as error:
        shown, complaint = "", str(error)
    session.config.stash[_SHOWN] = shown + (f"{complaint}\n" if complaint else "")
    if complaint and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """
    Show the table.
    """
    shown = config.stash.get(_SHOWN, "")
    if shown:
        terminalreporter.section("Lua coverage")
        terminalreporter.write(shown)
