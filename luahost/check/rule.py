"""
What a rule is: an identifier, a severity, a reason, and a look at a script in one dialect.

Each rule stands in a file of its own in ``rules/``, with two examples in ``examples/``: a script in which it
finds something, and one in which no rule does.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from difflib import get_close_matches
from typing import ClassVar

from luahost.check.finding import Problem, Severity
from luahost.check.meaning import View
from luahost.check.script import Script

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples")


class Rule(ABC):
    """
    One rule.

    Attributes:
        name: Its identifier, which people write into ``-- luahost: ignore=``.

        severity: How bad what it finds is, unless a problem says otherwise.

        title: What it finds, in a few words.

        reason: Why that is bad, in sentences; Markdown.

        source: Where Dovecot's behaviour is described or was seen.

        asked: Whether it is for those only who ask for it.
    """

    name: ClassVar[str]
    severity: ClassVar[Severity]
    title: ClassVar[str]
    reason: ClassVar[str]
    source: ClassVar[str] = ""
    asked: ClassVar[bool] = False

    @abstractmethod
    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        """
        What is wrong with a script in one dialect.
        """

    @classmethod
    def example(cls, kind: str) -> str:
        """
        The ``bad`` example, or the ``good`` one.
        """
        with open(os.path.join(EXAMPLES, f"{cls.name}.{kind}.lua"), encoding="utf-8") as file:
            return file.read()


def did_you_mean(name: str, names: frozenset[str] | list[str]) -> str:
    """
    A question about the name that is most like this one; empty if none is.
    """
    near = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""
