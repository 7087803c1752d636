"""
What pytest's command line and configuration say to luahost.
"""

from __future__ import annotations

import pytest

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
    parser.addini(
        "luahost_script", "the script of tests that name none, from the folder of the configuration file"
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Make the marker known.
    """
    config.addinivalue_line("markers", MARKER)
