"""
The checks, in the order in which they are shown.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from luahost.errors import LuahostError
from luahost.runtime import CRASHABLE, LUA_VERSIONS, LuaState

State = Literal["ok", "missing"]
"""
Whether something is there. What is missing takes something from luahost; its check says what.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """
    What came of a check.

    Attributes:
        subject: What was looked at: ``python``, ``lua`` or ``isolation``.

        name: Which of them.

        state: Whether it is there.

        detail: A version; or why it is missing, and what that means.
    """

    subject: str
    name: str
    state: State
    detail: str = ""


def all_checks() -> Iterator[Check]:
    """
    Each check as it is done.
    """
    yield Check("python", platform.python_version(), "ok", platform.platform())
    for lua in LUA_VERSIONS:
        yield _lua(lua)
    yield from _isolation()


def _lua(lua: str) -> Check:
    note = "a script can crash it: --isolate or --trusted" if lua in CRASHABLE else ""
    try:
        state = LuaState(lua)
    except LuahostError as problem:
        return Check("lua", lua, "missing", str(problem))
    try:
        there = state.has("print")
    finally:
        state.close()
    return Check("lua", lua, "ok" if there else "missing", note)


def _isolation() -> Iterator[Check]:
    # Most of it is about processes, which nothing else here needs.
    from luahost.runtime.worker_state import lockdown_report

    try:
        report = lockdown_report()
    except LuahostError as problem:
        yield Check("isolation", "worker", "missing", f"{problem}; --isolate cannot be used here")
        return
    yield Check("isolation", "worker", "ok", "a process for each script that asks for one")
    for wall, reason in report.steps.items():
        detail = f"{reason}; --isolate works without it" if reason else ""
        yield Check("isolation", wall, "missing" if reason else "ok", detail)
