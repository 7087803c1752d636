"""
Arguments that several verbs take.
"""

from __future__ import annotations

import argparse
from typing import Any

from luahost.errors import UsageError
from luahost.runtime import limit_value


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
