"""
Arguments that several verbs take.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from luahost.errors import UsageError
from luahost.runtime import limit_value

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

SERVED_FILE = "luahost.yaml"
"""The configuration of a server, if none is named."""


class Parser(argparse.ArgumentParser):
    """
    argparse's, which says nothing of help that cannot be written, and has its mistakes steer the terminal.
    """

    def error(self, message: str) -> NoReturn:
        """
        Say what is wrong, and how it is used; end with 2.
        """
        from luahost.timeline import printable  # for errors only

        super().error(printable(message))

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """
        Write the help, as any other output.
        """
        print(self.format_help(), end="", file=file)


def help_form(prog: str) -> argparse.HelpFormatter:
    """
    The form of a verb's help: paragraphs as they stand, as wide as the terminal. argparse makes one for each
    option, and by itself has each ask :mod:`shutil` for the width, which imports four kinds of compression.
    """
    return argparse.RawDescriptionHelpFormatter(prog, width=_columns() - 2)


@functools.cache
def _columns() -> int:
    said = os.environ.get("COLUMNS", "")
    columns = int(said) if said.isdecimal() else 0
    if not columns:
        with contextlib.suppress(AttributeError, ValueError, OSError):
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return columns or 80


def check_served_file(file: str) -> None:
    """
    Say what to do where nobody has named a configuration, and there is none here.

    Raises:
        UsageError: That is so.
    """
    if file == SERVED_FILE and not os.path.exists(file):
        raise UsageError(
            f"there is no {file} here: name one with -c, such as /etc/luahost/{file}, "
            "or have luahost init --serve make one"
        )


def setting_argument(text: str) -> tuple[str, str]:
    """
    ``KEY=VALUE`` of ``--set``.
    """
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def limit_argument(text: str) -> tuple[str, Any]:
    """
    ``NAME=VALUE`` of ``--limit``.
    """
    try:
        return limit_value(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
