"""
The machine itself, whatever it is to do: Python, Lua, isolation, the time.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator

import luahost
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.doctor.check import Check, Subject
from luahost.errors import LuahostError
from luahost.runtime import CRASHABLE, DEFAULT_LUA, LUA_VERSIONS, LuaState

DAY_SECONDS = 86_400

_PYTHON = Subject("python")
_LUA = Subject("lua")
_ISOLATION = Subject("isolation")
_CLOCK = Subject("clock")


def machine_checks(*, needed: str = DEFAULT_LUA, clock: Clock = SYSTEM_CLOCK) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        needed: The Lua version that must be there.

        clock: The machine's time.
    """
    yield _PYTHON.ok(platform.python_version(), platform.platform())
    for lua in LUA_VERSIONS:
        yield _lua(lua, needed)
    yield from _isolation()
    yield clock_check(clock)


def clock_check(clock: Clock) -> Check:
    """
    Whether the date can be right: not before this luahost was installed.
    """
    now = clock.time()
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    installed = os.stat(luahost.__file__).st_mtime
    if now < installed - DAY_SECONDS:
        since = time.strftime("%Y-%m-%d", time.gmtime(installed))
        return _CLOCK.fail(
            "date",
            f"{shown}, but this luahost was installed on {since}",
            "set the machine's clock; what is kept in the spool expires by it",
        )
    return _CLOCK.ok("date", shown)


def _lua(lua: str, needed: str) -> Check:
    note = "a script can crash it: --isolate or --trusted" if lua in CRASHABLE else ""
    try:
        state = LuaState(lua)
    except LuahostError as problem:
        told = _LUA.fail if lua == needed else _LUA.warn
        return told(lua, str(problem))
    try:
        there = state.has("print")
    finally:
        state.close()
    if not there:
        return _LUA.fail(lua, "it runs nothing", "install luahost and lupa again")
    return _LUA.ok(lua, note)


def _isolation() -> Iterator[Check]:
    # Most of it is about processes, which nothing else here needs.
    from luahost.runtime.worker_state import lockdown_report

    try:
        report = lockdown_report()
    except LuahostError as problem:
        yield _ISOLATION.fail("worker", f"{problem}; --isolate and luahost serve cannot be used here")
        return
    yield _ISOLATION.ok("worker", "a process for each script that asks for one")
    for wall, reason in report.steps.items():
        if reason:
            yield _ISOLATION.warn(
                wall, f"{reason}; scripts run without it", "docs/sandbox.md says what it holds off"
            )
        else:
            yield _ISOLATION.ok(wall)
