"""
What stands under ``when`` of a scenario: all that may stand there in a fixture, and the words of ``_WORDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from luahost.dataclass import dataclass
from luahost.documents.values import Value, items
from luahost.sources.steps import Step
from luahost.sources.when import ITEM, NOTHING_HAPPENS, only_member, step
from luahost.testing.endpoint.answers import Fault
from luahost.testing.scenario.matcher_words import number
from luahost.testing.scenario.routes import fault
from luahost.testing.scenario.then import Expectations, expectations


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    An item of the list: something happens, or what has happened is judged.

    Attributes:
        word: Its word.

        line: Where it stands.

        step: What the user or the mail server does.

        wait_seconds: How much time passes.

        fault: What every request meets from now on, as a tuple of one; None in it for nothing.

        then: What is expected of everything since the last one.
    """

    word: str
    line: int
    step: Step | None = None
    wait_seconds: float | None = None
    fault: tuple[Fault | None] | None = None
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
    if word in _WORDS:
        return _WORDS[word](argument)
    return Act(word=word, line=value.line, step=step(value))


def _then(value: Value) -> Act:
    return Act(word=value.name, line=value.line, then=expectations(value))


def _wait(value: Value) -> Act:
    seconds = number(value)
    if not 0 <= seconds <= 1e9:
        raise value.expected("a number of seconds")
    return Act(word=value.name, line=value.line, wait_seconds=seconds)


def _fault(value: Value) -> Act:
    return Act(word=value.name, line=value.line, fault=(None if value.is_nothing else fault(value),))


_WORDS: Mapping[str, Callable[[Value], Act]] = {"then": _then, "wait": _wait, "fault": _fault}
"""What may stand in scenarios only."""
