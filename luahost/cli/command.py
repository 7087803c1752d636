"""
The verbs and their options, and what every verb has in common: signals, streams, errors.
"""

from __future__ import annotations

import argparse
import signal
import sys

from luahost import __version__
from luahost.cli import run
from luahost.errors import LuahostError

VERBS = (run,)


def parser() -> argparse.ArgumentParser:
    """
    The whole command line.
    """
    top = argparse.ArgumentParser(
        prog="luahost",
        description="Runs Dovecot's Lua push-notification scripts outside Dovecot.",
        epilog="exit codes: 0 fine, 1 a script failed, 2 wrong usage or bad input",
    )
    top.add_argument("--version", action="version", version=f"luahost {__version__}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True)
    for verb in VERBS:
        verb.add_to(verbs)
    return top


def run_command(words: list[str]) -> int:
    """
    Parse and run; every error of ours becomes a line on standard error.
    """
    options = parser().parse_args(words)
    _die_at_once()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(options.act(options))
    except LuahostError as error:
        sys.stdout.flush()
        print(f"luahost: {error}", file=sys.stderr)
        return error.exit_code


def _die_at_once() -> None:
    # While Lua runs, Python hears no signal. With the default action Ctrl-C stops an endless loop,
    # and a closed pipe (`| head`) ends quietly.
    for name in ("SIGINT", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
