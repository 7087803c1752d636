"""
Reports in the forms that people and programs read: ``text``, ``json``, ``sarif``, ``github``.

Each module has a function that makes the whole output of reports as a string; the command prints it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from luahost.check.checker import Report

FORMATS = ("text", "json", "sarif", "github")
"""The forms; ``luahost/check/output/`` has a module for each, with ``_form`` behind its name."""


def write(form: str, reports: Sequence[Report]) -> str:
    """
    Reports in one of the forms.
    """
    module = importlib.import_module(f"luahost.check.output.{form}_form")
    written: Callable[[Sequence[Report]], str] = module.written
    return written(reports)
