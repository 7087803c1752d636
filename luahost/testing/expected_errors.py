"""
Which errors of a script a test expects. All others are wrong, whatever else the test looks at.

An error is what fails the script (a Lua error, a missing function, a limit) or what would kill Dovecot's
process. What a script logs as an error by itself is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import TracebackType

from luahost.effects import Effect, Failure, Log, ProcessKilled

ScriptError = Failure | ProcessKilled


class ExpectedErrors:
    """
    The errors among a session's effects, and those of them that were expected.
    """

    def __init__(self, effects: Sequence[Effect]) -> None:
        self._effects = effects
        self._expected: set[int] = set()
        self._allowed: list[re.Pattern[str]] = []

    def expect(self, match: str | re.Pattern[str]) -> ExpectedError:
        """
        A block in which an error comes.
        """
        return ExpectedError(self, re.compile(match))

    def allow(self, match: str | re.Pattern[str]) -> None:
        """
        Errors with this in their words are fine, before and after.
        """
        self._allowed.append(re.compile(match))

    def judged(self, since: int) -> None:
        """
        The errors from an effect on have been judged already, whatever came of it.
        """
        self._expected.update(number for number, _ in self.since(since))

    def unexpected(self) -> list[tuple[int, ScriptError]]:
        """
        The errors that nobody expected, in order, with their numbers among the effects.
        """
        return [
            (number, error)
            for number, error in self.since(0)
            if number not in self._expected
            and not any(pattern.search(words(error)) for pattern in self._allowed)
        ]

    def since(self, start: int) -> Iterator[tuple[int, ScriptError]]:
        """
        The errors from an effect on, with their numbers among the effects.
        """
        for number, effect in enumerate(self._effects[start:], start):
            if isinstance(effect, ProcessKilled):
                yield number, effect
            elif isinstance(effect, Log) and effect.failure is not None:
                yield number, effect.failure

    def take(self, start: int, pattern: re.Pattern[str], *, shown: str | None = None) -> list[ScriptError]:
        """
        Take the errors from an effect on that have this in their words for expected ones; ``shown`` is how a
        complaint calls the pattern, unless as it is.

        Raises:
            AssertionError: There are none.
        """
        seen = list(self.since(start))
        found = [(number, error) for number, error in seen if pattern.search(words(error))]
        if not found and not seen:
            raise AssertionError("the script did not fail, and an error was expected")
        if not found:
            others = "".join(f"\n  {words(error)}" for _, error in seen)
            named = pattern.pattern if shown is None else shown
            raise AssertionError(f"no error of the script has {named!r} in its words; there were{others}")
        self._expected.update(number for number, _ in found)
        return [error for _, error in found]

    @property
    def place(self) -> int:
        """
        The number of the effect that comes next.
        """
        return len(self._effects)


class ExpectedError:
    """
    A block that expects an error. In ``with … as caught``, ``caught`` is a list that has, after the block,
    the errors that were expected.
    """

    def __init__(self, errors: ExpectedErrors, pattern: re.Pattern[str]) -> None:
        self._caught: list[ScriptError] = []
        self._among = errors
        self._pattern = pattern

    def __enter__(self) -> list[ScriptError]:
        self._start = self._among.place
        return self._caught

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._caught += self._among.take(self._start, self._pattern)


def words(error: ScriptError) -> str:
    """
    What is said of an error: Lua's message, or why the process would be killed.
    """
    return error.message if isinstance(error, Failure) else error.reason
