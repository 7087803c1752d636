"""
Matchers: what a value must be like, and in which places it is not.

``matcher_words.py`` reads them from YAML. A mapping is right if the keys that it names are; a list must
have as many items. Where something differs, a ``Difference`` says where, and shows both sides.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass
from luahost.testing.scenario.showing import around_difference, shown

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""What a mapping has for a key that it does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A place where a value is not as expected.

    Attributes:
        path: Where, ``json.items[0].name``; empty for the value itself.

        expected, got: Both sides, in words.
    """

    path: str
    expected: str
    got: str


class Matcher(ABC):
    """
    What is expected of a value.
    """

    @abstractmethod
    def matches(self, actual: Any) -> bool:
        """
        Whether the value is as expected.
        """

    @property
    @abstractmethod
    def words(self) -> str:
        """
        What is expected, in one line.
        """

    def differences(self, actual: Any, path: str = "") -> Iterator[Difference]:
        """
        Where the value is not as expected; nothing if it is.
        """
        if not self.matches(actual):
            yield Difference(path, self.words, _shown(actual))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """
    Stands for a value that could not be read; no matcher but ``$absent`` wants it.

    Attributes:
        words: Why, for reports.
    """

    words: str


def _shown(actual: Any) -> str:
    if isinstance(actual, Unreadable):
        return actual.words
    return "nothing" if actual is ABSENT else shown(actual)


def plain(actual: Any) -> Any:
    """
    Bytes as text, and everything else as it is.
    """
    return actual.decode("utf-8", "surrogateescape") if isinstance(actual, bytes) else actual


def _is_number(actual: Any) -> bool:
    return isinstance(actual, int | float) and not isinstance(actual, bool)


def _is_missing(actual: Any) -> bool:
    return actual is ABSENT or actual is None or isinstance(actual, Unreadable)


@dataclass(frozen=True, slots=True)
class Equal(Matcher):
    """
    Text, a number, true, false or null. A number is no text and not true; 1 and 1.0 are the same.
    """

    value: str | int | float | bool | None

    @property
    def words(self) -> str:
        return shown(self.value)

    def matches(self, actual: Any) -> bool:
        actual = plain(actual)
        if isinstance(self.value, bool) or isinstance(actual, bool):
            return self.value is actual
        if self.value is None or actual is None or actual is ABSENT:
            return self.value is actual
        return isinstance(self.value, str) is isinstance(actual, str) and bool(self.value == actual)

    def differences(self, actual: Any, path: str = "") -> Iterator[Difference]:
        if self.matches(actual):
            return
        actual = plain(actual)
        if isinstance(self.value, str) and isinstance(actual, str):
            yield Difference(path, *around_difference(self.value, actual))
        else:
            yield Difference(path, self.words, _shown(actual))


@dataclass(frozen=True, slots=True)
class Regex(Matcher):
    """
    Text in which a regular expression is found, in Python's syntax.
    """

    pattern: re.Pattern[str]

    @property
    def words(self) -> str:
        return f"/{self.pattern.pattern}/" + ("i" if self.pattern.flags & re.IGNORECASE else "")

    def matches(self, actual: Any) -> bool:
        actual = plain(actual)
        return isinstance(actual, str) and self.pattern.search(actual) is not None


@dataclass(frozen=True, slots=True)
class Kind(Matcher):
    """
    Any value of a kind.
    """

    name: str
    is_one: Callable[[Any], bool]

    @property
    def words(self) -> str:
        return self.name

    def matches(self, actual: Any) -> bool:
        return self.is_one(plain(actual))


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("$any", lambda actual: not _is_missing(actual)),
        Kind("$absent", _is_missing),
        Kind("$text", lambda actual: isinstance(actual, str)),
        Kind("$number", _is_number),
        Kind("$integer", lambda actual: _is_number(actual) and isinstance(actual, int)),
        Kind("$boolean", lambda actual: isinstance(actual, bool)),
        Kind("$list", lambda actual: isinstance(actual, Sequence) and not isinstance(actual, str)),
        Kind("$mapping", lambda actual: isinstance(actual, Mapping)),
    )
}
"""Words that stand for any value of a kind. JSON's null and Lua's nil count as absent."""


@dataclass(frozen=True, slots=True)
class Contains(Matcher):
    """
    Text with this text in it, or a list with such an item.
    """

    inner: Matcher

    @property
    def words(self) -> str:
        return f"something that contains {self.inner.words}"

    def matches(self, actual: Any) -> bool:
        actual = plain(actual)
        if isinstance(actual, str):
            return isinstance(self.inner, Equal) and str(self.inner.value) in actual
        return isinstance(actual, Sequence) and any(self.inner.matches(item) for item in actual)


@dataclass(frozen=True, slots=True)
class Range(Matcher):
    """
    A number from one to another, both included; None for no bound.
    """

    least: float | None = None
    most: float | None = None

    @property
    def words(self) -> str:
        if self.least is None:
            return f"at most {shown(self.most)}"
        if self.most is None:
            return f"at least {shown(self.least)}"
        return f"from {shown(self.least)} to {shown(self.most)}"

    def matches(self, actual: Any) -> bool:
        # What is no number (NaN) is not even itself.
        if not _is_number(actual) or actual != actual:
            return False
        above = self.least is None or actual >= self.least
        return above and (self.most is None or actual <= self.most)


@dataclass(frozen=True, slots=True)
class Not(Matcher):
    """
    Anything that another matcher does not want.
    """

    inner: Matcher

    @property
    def words(self) -> str:
        return f"not {self.inner.words}"

    def matches(self, actual: Any) -> bool:
        return not self.inner.matches(actual)


@dataclass(frozen=True, slots=True)
class OneOf(Matcher):
    """
    What one of several matchers wants.
    """

    choices: tuple[Matcher, ...]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(choice.words for choice in self.choices)

    def matches(self, actual: Any) -> bool:
        return any(choice.matches(actual) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class AllOf(Matcher):
    """
    What each of several matchers wants.
    """

    parts: tuple[Matcher, ...]

    @property
    def words(self) -> str:
        return " and ".join(part.words for part in self.parts)

    def matches(self, actual: Any) -> bool:
        return all(part.matches(actual) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Fields(Matcher):
    """
    A mapping in which the named keys are as expected; ``exactly`` if it may have no others.
    """

    named: Mapping[str, Matcher]
    exactly: bool = False

    @property
    def words(self) -> str:
        inside = ", ".join(f"{key}: {matcher.words}" for key, matcher in self.named.items())
        return "{" + inside + "}"

    def matches(self, actual: Any) -> bool:
        return next(self.differences(actual), None) is None

    def differences(self, actual: Any, path: str = "") -> Iterator[Difference]:
        if not isinstance(actual, Mapping):
            yield Difference(path, self.words, _shown(actual))
            return
        for key, matcher in self.named.items():
            inner = f"{path}.{key}" if path else key
            yield from matcher.differences(actual.get(key, ABSENT), inner)
        for key in actual if self.exactly else ():
            if key not in self.named:
                yield Difference(f"{path}.{key}" if path else key, "nothing", shown(actual[key]))


@dataclass(frozen=True, slots=True)
class Items(Matcher):
    """
    A list with as many items, each as expected.
    """

    items: tuple[Matcher, ...]

    @property
    def words(self) -> str:
        return "[" + ", ".join(item.words for item in self.items) + "]"

    def matches(self, actual: Any) -> bool:
        return next(self.differences(actual), None) is None

    def differences(self, actual: Any, path: str = "") -> Iterator[Difference]:
        actual = plain(actual)
        if not isinstance(actual, Sequence) or isinstance(actual, str):
            yield Difference(path, self.words, _shown(actual))
            return
        for number in range(max(len(self.items), len(actual))):
            place = f"{path}[{number}]"
            found = actual[number] if number < len(actual) else ABSENT
            if number < len(self.items):
                yield from self.items[number].differences(found, place)
            else:
                yield Difference(place, "nothing", shown(found))
