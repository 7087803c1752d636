"""
How a test of a script is judged, and what is shown of one that failed.

A test passes if it says so and the script did nothing that nobody expected; this is judged when the test's
function is through and its sessions have ended, so that it fails like any other assertion.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from luahost.testing import Endpoint, Outcome, Push

PUSHES: pytest.StashKey[list[Push]] = pytest.StashKey()
"""The sessions that a test has opened."""

ENDPOINT: pytest.StashKey[Endpoint] = pytest.StashKey()
"""The endpoint that it has asked for."""

OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()
"""What came of a test that is in no Python file."""

LONGEST = 200
"""Lines of a timeline that are shown: the last ones."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_OWN = (_PACKAGE, contextlib.__file__)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """
    Fixtures may act, too.
    """
    try:
        yield
    except BaseException as error:
        _hide_own_frames(error, item)
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """
    Run the test, end its sessions and judge them.
    """
    try:
        yield
    except BaseException as error:
        _hide_own_frames(error, item)
        raise
    for push in item.stash.get(PUSHES, ()):
        push.close()
    problems = _problems(item)
    if problems:
        pytest.fail(problems, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """
    To the report of a test that failed add what happened, and what of it nobody expected.
    """
    report = yield
    if report.failed and report.when != "teardown":
        problems = _problems(item)
        if problems and problems not in str(report.longrepr):
            report.sections.append(("what nobody expected", problems))
        for push in item.stash.get(PUSHES, ()):
            title = f"what happened for {push.session.user.username}"
            report.sections.append((title, _last_lines(push.timeline)))
        outcome = item.stash.get(OUTCOME, None)
        if outcome is not None and outcome.effects:
            from luahost.timeline import told

            report.sections.append(("what happened", _last_lines(told(outcome.effects))))
    return report


def _last_lines(text: str) -> str:
    lines = text.splitlines()
    if len(lines) > LONGEST:
        lines = [f"… {len(lines) - LONGEST} lines before", *lines[-LONGEST:]]
    return "\n".join(lines)


def _problems(item: pytest.Item) -> str:
    """
    What is wrong with a test's sessions, each thing once; they share an endpoint.
    """
    found = dict.fromkeys(problem for push in item.stash.get(PUSHES, ()) for problem in push.verdict())
    said = [problem.text for problem in found]
    endpoint = item.stash.get(ENDPOINT, None)
    if endpoint is not None and not said:
        said = endpoint.problems  # of a test that opens sessions by itself, or none
    if not said:
        return ""
    from luahost.timeline import printable

    return printable("\n\n".join(said))


def _hide_own_frames(error: BaseException, item: pytest.Item) -> None:
    """
    Take luahost's frames out of a traceback if what it raises is about the test or the script; what is not is
    luahost's own fault. Not if the whole traceback is asked for.
    """
    if item.config.getoption("fulltrace") or not _is_about_the_test(error):
        return
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_own_frames(one.__traceback__)
        waiting += [one.__cause__, one.__context__]


def _is_about_the_test(error: BaseException) -> bool:
    return isinstance(error, AssertionError | ValueError) or any(
        kind.__module__ == "luahost.errors" for kind in type(error).__mro__
    )


def _without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    kept = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_OWN):
            kept.append(trace)
        trace = trace.tb_next
    following = None
    for one in reversed(kept):
        following = TracebackType(following, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return following
