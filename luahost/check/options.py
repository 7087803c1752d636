"""
What is asked of a check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from luahost.check.finding import Severity

RuleLevel = Severity | Literal["off"]

DEFAULT_DIALECTS = ("2.3", "2.4")
"""The servers that there are. Who runs one of them only asks for that one."""


class Options(NamedTuple):
    """
    What is asked of a check.

    Attributes:
        dialects: Whose rules count, keys of ``luahost.DIALECTS``.

        rules: Severities by rule that replace the rules' own; ``off`` for none.

        budget_seconds: How long a transaction may hold mail at worst.

        messages: How many messages a transaction brings, for that.

        modules: Modules that are installed on the mail server, beside those that Debian has.

        run: Whether to run the script too, in the sandbox, so that findings say what was seen.

        isolate: Whether it then has a process of its own, which is locked down and can be killed.

        settings: Settings for that; those that it asks for and that are not here are made up.
    """

    dialects: tuple[str, ...] = DEFAULT_DIALECTS
    rules: Mapping[str, RuleLevel] = {}
    budget_seconds: float = 30.0
    messages: int = 1
    modules: tuple[str, ...] = ()
    run: bool = False
    isolate: bool = False
    settings: Mapping[str, str] = {}
