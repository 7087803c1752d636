"""
What every test has: scripts, and sessions that run them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from luahost.events import MessageNew
from luahost.runtime import LUA_VERSIONS
from tests import debian
from tests.core_session import LUA_DIRECTORY, CoreSession

WriteScript = Callable[..., str]
OpenSession = Callable[..., CoreSession]
Evaluate = Callable[..., str]


def pytest_runtest_setup(item: pytest.Item) -> None:
    debian.check(item)


@pytest.fixture(params=LUA_VERSIONS)
def lua(request: pytest.FixtureRequest) -> str:
    """
    Each Lua version in turn.
    """
    version: str = request.param
    return version


@pytest.fixture
def script(tmp_path: Path) -> WriteScript:
    """
    ``script(text)`` writes a Lua file, ``push.lua`` unless named otherwise, and gives its path.
    """

    def write(text: str | bytes, name: str = "push.lua") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


@pytest.fixture
def session(script: WriteScript) -> Iterator[OpenSession]:
    """
    ``session(text, …)`` opens a session with that script; it is closed after the test.
    """
    opened: list[CoreSession] = []

    def open_session(text: str | bytes, **options: Any) -> CoreSession:
        opened.append(CoreSession(script(text), **options))
        return opened[-1]

    yield open_session
    for one in opened:
        one.close()


@pytest.fixture
def evaluate(script: WriteScript, session: OpenSession, tmp_path: Path) -> Evaluate:
    """
    ``evaluate(statements, …)`` runs them in a handler, with ``user`` and ``event`` at hand, and gives
    what they return as ``tests/lua/show.lua`` shows it, or ``error: …``.
    """
    cases = Path(LUA_DIRECTORY, "cases.lua").read_bytes()

    def run(statements: str, **options: Any) -> str:
        script(f"return function(user, event) {statements} end", "case.lua")
        running = session(cases, **options)
        running.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
        (printed,) = running.printed
        return printed.replace(f"{tmp_path}/", "")

    return run
