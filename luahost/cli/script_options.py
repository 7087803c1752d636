"""
Options that several verbs have about the scripts that they run.
"""

from __future__ import annotations

import argparse

from luahost.cli.arguments import limit_argument, setting_argument
from luahost.runtime import DEFAULT_LUA, LUA_VERSIONS


def add_settings(verb: argparse.ArgumentParser, what: str) -> None:
    """
    ``--set``; ``what`` says of what these are settings.
    """
    verb.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="settings",
        action="append",
        default=[],
        type=setting_argument,
        help=f"{what}; may be given again",
    )


def add_lua(verb: argparse.ArgumentParser) -> None:
    """
    ``--lua``, one version, and what :func:`add_tier` and ``--limit`` say.
    """
    verb.add_argument(
        "--lua", choices=LUA_VERSIONS, default=DEFAULT_LUA, help="Lua version (default: %(default)s)"
    )
    add_tier(verb)
    verb.add_argument(
        "--limit",
        metavar="NAME=VALUE",
        dest="limits",
        action="append",
        default=[],
        type=limit_argument,
        help="what a script may use at most: call_seconds=5, memory_bytes=64M, http_requests=none, …; "
        "may be given again; see docs/sandbox.md for all names and what holds otherwise",
    )


def add_tier(verb: argparse.ArgumentParser) -> None:
    """
    ``--trusted`` and ``--isolate``.
    """
    verb.add_argument(
        "--trusted",
        action="store_true",
        help="you trust the script: run it under a Lua that a script can crash, too (5.1, luajit)",
    )
    verb.add_argument(
        "--isolate",
        action="store_true",
        help="run the script in a process of its own, which is locked down and can be killed (Linux)",
    )
