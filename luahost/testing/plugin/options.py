"""
What pytest's command line and configuration say to luahost.
"""

from __future__ import annotations

from collections.abc import Collection

import pytest

ALL = "all"
"""Every dialect, or every Lua version."""

ENDINGS = (".luatest.yaml", ".luatest.yml", "_spec.lua")
"""How names of test files can end; ``luahost.testing.collect`` has the last word."""

MARKER = (
    "luahost(script, *, dialects, lua, settings, user, mailboxes, ...): which push script the test is for, "
    "and how it is run; see luahost's docs/testing.md"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    The options and settings. All begin with the plugin's name: pytest has one namespace for everybody.
    """
    group = parser.getgroup("luahost", "luahost: tests of Dovecot's Lua push scripts")
    group.addoption(
        "--luahost-script", metavar="PATH", help="the script under test, whatever tests say that it is"
    )
    group.addoption(
        "--luahost-dialect",
        metavar="NAME",
        action="append",
        default=[],
        help="run tests of scripts in this dialect, whatever they say; all for all; may be given again",
    )
    group.addoption(
        "--luahost-lua",
        metavar="VERSION",
        action="append",
        default=[],
        help="run tests of scripts with this Lua, whatever they say; all for all; may be given again",
    )
    group.addoption(
        "--luahost-isolate",
        action="store_true",
        help="run each script in a process of its own, which is locked down and can be killed (Linux)",
    )
    group.addoption(
        "--luahost-trusted",
        action="store_true",
        help="the scripts are trusted: run them under a Lua that a script can crash, too (5.1, luajit)",
    )
    group.addoption(
        "--luahost-update",
        action="store_true",
        help="write the snapshots of scenario files anew instead of comparing with them",
    )
    # As luahost.testing.coverage has them, which is not imported for everybody who runs pytest.
    group.addoption(
        "--cov-lua",
        action="store_true",
        help="measure which lines and functions of the Lua scripts run, and show it in the end",
    )
    group.addoption(
        "--cov-lua-report",
        metavar="FORM[:FILE]",
        action="append",
        default=[],
        help="write Lua coverage to a file too, as html, lcov or cobertura; may be given again",
    )
    group.addoption(
        "--cov-lua-fail-under",
        metavar="PERCENT",
        type=float,
        help="fail if less than so much of the Lua lines ran",
    )
    parser.addini(
        "luahost_script", "the script of tests that name none, from the folder of the configuration file"
    )
    parser.addini(
        "luahost_files",
        "how names of files end that luahost runs as tests",
        type="args",
        default=list(ENDINGS),
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Make the marker known.
    """
    config.addinivalue_line("markers", MARKER)


def chosen(config: pytest.Config, option: str, known: Collection[str]) -> tuple[str, ...]:
    """
    What the command line names of ``known`` with an option that may be given again; all of it for ``all``.

    Raises:
        pytest.UsageError: There is nothing of that name.
    """
    names = config.getoption(option)
    for name in names:
        if name not in known and name != ALL:
            raise pytest.UsageError(f"{option}: no {name}; there are {', '.join(known)}, and {ALL}")
    return tuple(known) if ALL in names else tuple(dict.fromkeys(names))
