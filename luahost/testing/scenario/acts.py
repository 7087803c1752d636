"""
What stands under ``when`` of a scenario: all that may stand there in a fixture, and ``wait`` and ``then``.
"""

from __future__ import annotations

from dataclasses import dataclass

from luahost.documents.values import Value, items
from luahost.sources.steps import Step
from luahost.sources.when import ITEM, NOTHING_HAPPENS, only_member, step
from luahost.testing.scenario.matcher_words import number
from luahost.testing.scenario.then import Expectations, expectations


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    An item of the list: something happens, time passes, or what happened since is judged.

    Attributes:
        word: Its word.

        line: Where it stands.
    """

    word: str
    line: int
    step: Step | None = None
    wait_seconds: float | None = None
    then: Expectations | None = None

    @property
    def words(self) -> str:
        """
        What reports call it.
        """
        return f"{self.word}, line {self.line}"


def acts(value: Value) -> tuple[Act, ...]:
    """
    The list under ``when``.
    """
    found = tuple(_act(item) for item in items(value, ITEM))
    if not any(act.step is not None for act in found):
        raise value.error(NOTHING_HAPPENS)
    return found


def _act(value: Value) -> Act:
    word, argument = only_member(value)
    if word == "then":
        return Act(word=word, line=value.line, then=expectations(argument))
    if word == "wait":
        seconds = number(argument)
        if not 0 <= seconds <= 1e9:
            raise argument.expected("a number of seconds")
        return Act(word=word, line=value.line, wait_seconds=seconds)
    return Act(word=word, line=value.line, step=step(value))
