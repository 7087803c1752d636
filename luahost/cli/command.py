"""
The verbs and their options, and what every verb has in common: how it ends.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys

from luahost import __version__
from luahost.cli import streams
from luahost.cli.arguments import Parser, help_form
from luahost.errors import LuahostError, fault_words

VERBS = (
    "run",
    "check",
    "test",
    "init",
    "record",
    "diff",
    "serve",
    "shim",
    "status",
    "queue",
    "dead",
    "replay",
    "cluster",
    "spool",
    "config",
    "metadata",
    "stubs",
    "doctor",
)
"""The verbs, in the order in which help has them; ``luahost/cli/`` has a module of that name for each."""

FAULT_EXIT_CODE = 3
"""luahost itself is at fault."""


def parser(verb: str | None = None) -> argparse.ArgumentParser:
    """
    The whole command line; or one verb of it alone, as the others need not be imported then.
    """
    top = Parser(
        prog="luahost",
        description="Runs Dovecot's Lua push-notification scripts outside Dovecot.",
        epilog="exit codes: 0 fine, 1 a script failed, 2 wrong usage or bad input",
        formatter_class=help_form,
    )
    top.add_argument("--version", action="version", version=f"luahost {__version__}")
    # Who is told the name does not ask how wide the terminal is, for which much is imported.
    verbs = top.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True, prog=top.prog)
    for name in [verb] if verb in VERBS else VERBS:
        importlib.import_module(f"luahost.cli.{name}").add_to(verbs)
    return top


def run_command(words: list[str]) -> int:
    """
    Parse and run; every error becomes a line on standard error.
    """
    streams.prepare()
    try:
        try:
            return _ended(words)
        finally:
            sys.stdout.flush()
    except OSError as error:
        # Files that were named have been reported as InputError; what is left is mostly our own output.
        if streams.is_of_output(error):
            return streams.unwritten(error)
        gone = isinstance(error, FileNotFoundError) and error.filename is None
        reason = "the current folder is not there any more" if gone else str(error.strerror)
        return _complain(reason if error.filename is None else f"{error.filename}: {reason}", 2)


def _ended(words: list[str]) -> int:
    try:
        options = _parsed(words)
    finally:
        # What has been imported stays until the end. Nobody need look through it again, least of all then.
        gc.freeze()
        gc.enable()
    try:
        return int(options.act(options))
    except LuahostError as error:
        sys.stdout.flush()
        return _complain(str(error), error.exit_code)
    except OSError:
        raise
    except Exception as fault:  # noqa: BLE001  the last resort: nobody who hosts a script meets a Python traceback
        return _complain(fault_words(fault), FAULT_EXIT_CODE)


MAY_BE_EMPTY = ("patterns", "words")
"""Tests are chosen by any text; words are for ``luahost metadata``, whose values may be any."""


def _parsed(words: list[str]) -> argparse.Namespace:
    """
    The options. A verb's operands may stand between its options, which argparse by itself does not take.
    """
    top = parser(words[0] if words else None)
    options, rest = top.parse_known_args(words)
    if rest and ("operands" not in options or any(word.startswith("-") and word != "-" for word in rest)):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.operands += rest
    for name, value in vars(options).items():
        if name not in MAY_BE_EMPTY and (value == "" or (isinstance(value, list) and "" in value)):
            # It is no name of a file, and where an option was left out it would be taken for that.
            top.error(
                f"an argument is empty ({name.replace('_', ' ')}); a variable of the shell that is not set?"
            )
    return options


def _complain(words: str, code: int) -> int:
    from luahost.timeline import printable  # for errors only

    print(f"luahost: {printable(words)}", file=sys.stderr)
    return code
