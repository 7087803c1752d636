"""
Arguments that several verbs take.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

from luahost.errors import UsageError
from luahost.runtime import limit_value

SERVED_FILE = "luahost.yaml"
"""The configuration of a server, if none is named."""


def check_served_file(file: str) -> None:
    """
    Say what to do where nobody has named a configuration, and there is none here.

    Raises:
        UsageError: That is so.
    """
    if file == SERVED_FILE and not os.path.exists(file):
        raise UsageError(f"there is no {file} here: name one with -c, or have luahost init --serve make one")


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
