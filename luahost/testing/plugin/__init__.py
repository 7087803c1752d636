"""
The pytest plugin: fixtures that run a push script, and reports that show its Lua.

pytest finds it by its entry point and imports it in every run of every project on this machine, so nothing of
luahost is imported here at the top: the engine comes when a test asks for it.

``options`` has what can be asked for on pytest's command line and in its configuration, ``marker`` what a
test asks for with ``@pytest.mark.luahost``, ``fixtures`` what it gets, ``reports`` judges and shows,
``coverage`` measures, and ``collection`` and ``files`` run the files that ``luahost test`` runs. For users:
``docs/testing.md``.
"""

from luahost.testing.plugin.collection import pytest_collect_file
from luahost.testing.plugin.coverage import (
    pytest_sessionfinish,
    pytest_sessionstart,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from luahost.testing.plugin.fixtures import (
    clock,
    endpoint,
    lua_script,
    luahost_variant,
    mailstore,
    make_push,
    push,
    pytest_generate_tests,
)
from luahost.testing.plugin.options import pytest_addoption, pytest_configure
from luahost.testing.plugin.reports import (
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_runtest_setup,
)

__all__ = [
    "clock",
    "endpoint",
    "lua_script",
    "luahost_variant",
    "mailstore",
    "make_push",
    "push",
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]
