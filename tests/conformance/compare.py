"""
What a record says against what luahost did.

Recordings have a word in angle brackets for what differs from run to run. ``<PID>``, ``<TIME>`` and their
like stand for anything of their kind; a numbered one, ``<UIDVALIDITY:2>``, and a script's instance stand
for one thing, which has to be the same wherever they stand again.

How a process died is told by one line, ``… killed``, on both sides: signal, backtrace and the place in
Dovecot's source are the recorded process's own.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.conformance.records import Record

PARTS = ("trace", "calls", "log", "events", "http", "refused")
"""What is compared, if the record has it or luahost did something of the kind."""

ANYTHING = {
    "PID": r"<?\d+>?",
    "SESSION": r"<?[^<>\s]*>?",
    "PORT": r"\d+",
    "TIME": r"[\d.]+",
    "NOW": r"\d+(?:\.\d+)?",
    "ADDR": r"0x[0-9a-f]+",
    "GUID": r"[0-9a-f]+",
    "N": r"\d+",
    "DATE": r".+",
    "MAILDIRFILE": r"\S+",
}
NUMBERED = {"UIDVALIDITY": r"\d+", "SESSION": r"\S+"}
PLACE = re.compile(r"<(BASE|HTTP|HTTPHOST|HTTPNAME)>")
PLACEHOLDER = re.compile(r"<(UIDVALIDITY:\d+|SESSION:\d+|" + "|".join(ANYTHING) + ")>")
TIMEVAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
HOUR = 3600

DOVECONF = re.compile(r"^exit \d+: doveconf: .*? line \d+: ")
DEATH = re.compile(r"(?P<process>.*?): Fatal: master: service\(\S+\): child .* killed with signal")
LAST_WORDS = re.compile(r": (?:Panic: |Error: Raw backtrace: |Error: Unexpected exit - converting to abort)")


def recorded(record: Record) -> dict[str, Any]:
    """
    A record's outcome, part by part.
    """
    found = {part: record[part] for part in PARTS if part in record}
    found["log"] = list(_until_death(record.get("log", [])))
    if record["op"]["proto"] == "start":
        # Only its last part is about Dovecot; the rest is doveconf's, which names a line of its file.
        found["refused"] = [
            re.sub(r"^exit \d+: doveconf: .*? line \d+: ", "", said) for said in record["reply"]
        ]
    return found


def _until_death(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if death := DEATH.match(line):
            yield f"{death['process']}: killed"
        elif not LAST_WORDS.search(line):
            yield line


@dataclass(frozen=True)
class Difference:
    """
    Where record and luahost part.

    Attributes:
        part: One of ``PARTS``, with the index of the item: ``log[3]``.

        dovecot: What the record has there, None if nothing.

        luahost: What luahost did, None if nothing.
    """

    part: str
    dovecot: Any
    luahost: Any


@dataclass
class Names:
    """
    What the placeholders of a scenario stand for.

    Attributes:
        base: luahost's ``<BASE>``.

        place: Address and port of its HTTP server.

        numbered: What each numbered one stood for where it was met first.
    """

    base: str
    place: str
    numbered: dict[tuple[str, Any], Any] = field(default_factory=dict)

    def forget_uid_validities(self) -> None:
        """
        Homes have been emptied: numbers start again.
        """
        self.numbered = {key: value for key, value in self.numbered.items() if key[0] != "UIDVALIDITY"}

    def differences(self, expected: dict[str, Any], actual: dict[str, Any]) -> list[Difference]:
        """
        Every difference, in the order of ``PARTS``.
        """
        found = []
        for part in PARTS:
            if part == "trace" and part not in expected:
                continue
            ours, theirs = actual.get(part, []), expected.get(part, [])
            for index in range(max(len(ours), len(theirs))):
                dovecot = theirs[index] if index < len(theirs) else None
                luahost = ours[index] if index < len(ours) else None
                if not self.same(dovecot, luahost):
                    found.append(Difference(f"{part}[{index}]", dovecot, luahost))
        return found

    def same(self, expected: Any, actual: Any, key: str | None = None) -> bool:
        """
        Whether a value is the recorded one; ``key`` is its name in the table around it.
        """
        if key == "inst":
            return self._stands_for("inst", expected, actual)
        if isinstance(expected, dict) and expected.keys() == {"float"} and isinstance(expected["float"], str):
            return isinstance(actual, dict) and self._number(expected["float"], actual.get("float"))
        if isinstance(expected, dict) and isinstance(actual, dict):
            return expected.keys() == actual.keys() and all(
                self.same(expected[name], actual[name], name) for name in expected
            )
        if isinstance(expected, list) and isinstance(actual, list):
            return len(expected) == len(actual) and all(map(self.same, expected, actual))
        if isinstance(expected, str):
            return self._text(expected, actual)
        return type(expected) is type(actual) and bool(expected == actual)

    def _number(self, expected: str, actual: Any) -> bool:
        if placeholder := PLACEHOLDER.fullmatch(expected):
            kind, _, number = placeholder[1].partition(":")
            if kind == "NOW":
                return isinstance(actual, int | float) and abs(actual - time.time()) < HOUR
            return self._stands_for(kind, number, actual)
        return bool(expected == actual)

    def _text(self, expected: str, actual: Any) -> bool:
        if isinstance(actual, int) and not isinstance(actual, bool):
            if TIMEVAL.fullmatch(expected):
                return datetime.fromisoformat(expected).timestamp() == actual
            return self._number(expected, actual)
        if not isinstance(actual, str):
            return False
        expected = PLACE.sub(lambda placeholder: self._places[placeholder[1]], expected)
        placeholders = list(PLACEHOLDER.finditer(expected))
        if not placeholders:
            return actual == expected
        # What is around them is compared as it is: expressions are compiled for few texts in between.
        before, after = expected[: placeholders[0].start()], expected[placeholders[-1].end() :]
        if not (actual.startswith(before) and actual[len(before) :].endswith(after)):
            return False
        numbered: list[tuple[str, str]] = []
        expression, end = "", len(before)
        for placeholder in placeholders:
            kind, _, number = placeholder[1].partition(":")
            expression += re.escape(expected[end : placeholder.start()])
            expression += f"({NUMBERED[kind]})" if number else ANYTHING[kind]
            end = placeholder.end()
            if number:
                numbered.append((kind, number))
        found = re.compile(expression, re.DOTALL).fullmatch(actual, len(before), len(actual) - len(after))
        return found is not None and all(
            self._stands_for(kind, number, value)
            for (kind, number), value in zip(numbered, found.groups(), strict=True)
        )

    @functools.cached_property
    def _places(self) -> dict[str, str]:
        """
        What stands for the same in all of a scenario.
        """
        return {
            "BASE": self.base,
            "HTTP": f"http://{self.place}",
            "HTTPHOST": self.place,
            "HTTPNAME": self.place.replace("127.0.0.1", "localhost"),
        }

    def _stands_for(self, kind: str, number: Any, actual: Any) -> bool:
        if kind == "UIDVALIDITY" and isinstance(actual, str | float | int):
            actual = int(actual)
        return bool(self.numbered.setdefault((kind, number), actual) == actual)
