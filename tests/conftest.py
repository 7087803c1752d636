"""
What every test has: scripts, and sessions that run them.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from luahost.events import MessageNew
from luahost.runtime import LUA_VERSIONS
from tests import compilation, debian, folders, tiers
from tests.core_session import LUA_DIRECTORY, CoreSession
from tests.nats.fixtures import (
    nats_cluster,
    nats_cluster_url,
    nats_node,
    nats_prefix,
    nats_server,
    nats_url,
    shared_nats_cluster,
)

__all__ = [
    "nats_cluster",
    "nats_cluster_url",
    "nats_node",
    "nats_prefix",
    "nats_server",
    "nats_url",
    "shared_nats_cluster",
]

WAITING = ("tests/torture/", "tests/nats/", "tests/server/spool/nats/", "tests/live/")

WriteScript = Callable[..., str]
OpenSession = Callable[..., CoreSession]
Evaluate = Callable[..., str]


def pytest_configure() -> None:
    folders.be_in_memory()
    # No time is asserted in tests, on a machine that others use too.
    hypothesis.settings.register_profile("luahost", deadline=None)
    hypothesis.settings.load_profile("luahost")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """
    What collection makes stays: thousands of tests, in which nobody needs to look for cycles again and again.
    """
    gc.disable()
    try:
        compilation.share(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


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
def script() -> Iterator[WriteScript]:
    """
    ``script(text)`` writes a Lua file, ``push.lua`` unless named otherwise, and gives its path, which
    is short: Lua cuts off the beginning of a path of 60 bytes and more.
    """
    with tempfile.TemporaryDirectory(prefix="push-") as folder:

        def write(text: str | bytes, name: str = "push.lua") -> str:
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return str(path)

        yield write


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--isolate", action="store_true", help="run the scripts of all tests in processes of their own"
    )
    parser.addoption(
        "--every-case", action="store_true", help="run every case of a test in every tier and on every Lua"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--every-case"):
        items[:] = tiers.enough(items)
    # What waits for servers most of the time goes first, all of it to one worker while the others calculate.
    items.sort(key=lambda item: not item.nodeid.startswith(WAITING))


@pytest.fixture
def isolate(request: pytest.FixtureRequest) -> bool:
    """
    Whether the test's scripts run in processes of their own. Where that is a question, both.
    """
    return bool(request.config.getoption("--isolate"))


@pytest.fixture
def session(script: WriteScript, isolate: bool) -> Iterator[OpenSession]:
    """
    ``session(text, …)`` opens a session with that script; it is closed after the test.
    """
    opened: list[CoreSession] = []

    def open_session(text: str | bytes, **options: Any) -> CoreSession:
        opened.append(CoreSession(script(text), **{"isolate": isolate, **options}))
        return opened[-1]

    yield open_session
    for one in opened:
        one.close()


@pytest.fixture
def evaluate(session: OpenSession) -> Evaluate:
    """
    ``evaluate(statements, …)`` runs them as ``case.lua`` in a handler, with ``user`` and ``event`` at
    hand, and gives what they return as ``tests/lua/show.lua`` shows it, or ``error: …``.
    """
    cases = Path(LUA_DIRECTORY, "cases.lua").read_bytes()

    def run(statements: str, *, settings: Mapping[str, str] | None = None, **options: Any) -> str:
        running = session(cases, settings={"case": statements, **(settings or {})}, **options)
        running.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
        (printed,) = running.printed
        return printed

    return run
