"""
What a test gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from luahost.testing.plugin.coverage import coverage_of
from luahost.testing.plugin.marker import SESSION, Variant, marked, script_of, variants, wrong
from luahost.testing.plugin.reports import ENDPOINT, PUSHES

if TYPE_CHECKING:
    from luahost.clock import Clock
    from luahost.store import MemoryStore
    from luahost.testing import Endpoint, ManualClock, Push


class MakePush(Protocol):
    """
    What ``make_push`` is.
    """

    def __call__(self, **host: Any) -> Push:
        """
        A session, open until the test's end; the arguments win over the marker's.
        """


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    A test of a script is there once for each dialect and Lua version that it asks for.
    """
    if "luahost_variant" in metafunc.fixturenames:
        found = variants(metafunc.definition)
        if found is not None:
            metafunc.parametrize("luahost_variant", found, ids=str, indirect=True)


@pytest.fixture
def luahost_variant(request: pytest.FixtureRequest) -> Variant:
    """
    The dialect and the Lua version that this test is run in.
    """
    from luahost.dialects import DEFAULT_DIALECT
    from luahost.runtime import DEFAULT_LUA

    if hasattr(request, "param"):
        variant: Variant = request.param
        return variant
    # Whoever asks for a session by request.getfixturevalue() asks too late for more than one variant.
    found = variants(request.node) or [Variant(DEFAULT_DIALECT, DEFAULT_LUA)]
    if len(found) > 1:
        wrong(f"{request.node.nodeid}: to run in several variants a test has luahost_variant as an argument")
    return found[0]


@pytest.fixture
def lua_script(request: pytest.FixtureRequest) -> Path:
    """
    Path of the script that the test is for. A fixture of yours with this name may make one, and with
    ``@pytest.mark.parametrize("lua_script", ["old.lua", "new.lua"], indirect=True)`` a test is for several.
    """
    path = script_of(request.node, getattr(request, "param", None))
    # Lua cuts off long paths, so a short one reads better in its messages.
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@pytest.fixture
def mailstore() -> MemoryStore:
    """
    The mail store of the test's users: their mailboxes, messages and METADATA.
    """
    from luahost.store import MemoryStore

    return MemoryStore()


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """
    What answers the script's requests: a :class:`luahost.testing.Endpoint` that takes none but those that the
    test gives a route.
    """
    from luahost.testing import Endpoint

    made = Endpoint()
    request.node.stash[ENDPOINT] = made
    yield made
    coverage = coverage_of(request.config)
    if coverage is not None:
        coverage.add_faults(made.faults)


@pytest.fixture
def clock() -> ManualClock:
    """
    What the script takes for the time: a :class:`luahost.testing.ManualClock`, which nobody waits for.
    """
    from luahost.testing import ManualClock

    return ManualClock()


@pytest.fixture
def make_push(
    request: pytest.FixtureRequest,
    lua_script: Path,
    luahost_variant: Variant,
    mailstore: MemoryStore,
    endpoint: Endpoint,
    clock: Clock,
) -> Iterator[MakePush]:
    """
    ``make_push(user="alice")`` opens a session of its own in the same mail store; for tests that need more
    than one.
    """
    from luahost.errors import LuahostError
    from luahost.testing import Push

    node = request.node
    said = {name: value for name, value in marked(node).items() if name in SESSION}
    coverage = coverage_of(node.config)
    if coverage is not None:
        said["coverage"] = coverage
    for name in ("isolate", "trusted"):
        if node.config.getoption(f"--luahost-{name}"):
            said[name] = True
    opened = node.stash.setdefault(PUSHES, [])

    def make(**host: Any) -> Push:
        __tracebackhide__ = True
        how = {
            "dialect": luahost_variant.dialect,
            "lua": luahost_variant.lua,
            "store": mailstore,
            "endpoint": endpoint,
            "clock": clock,
            "folder": node.path.parent,
            **said,
            **host,
        }
        try:
            push = stack.enter_context(Push(lua_script, **how))
        except LuahostError as error:
            complaint = str(error)
        else:
            opened.append(push)
            return push
        return wrong(f"{node.nodeid}: {complaint}")

    with ExitStack() as stack:
        yield make


@pytest.fixture
def push(make_push: MakePush) -> Push:
    """
    A session of the script to act on and to look at: a :class:`luahost.testing.Push`.
    """
    return make_push()
