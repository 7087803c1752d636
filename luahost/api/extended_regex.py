r"""
Extended regular expressions as Dovecot's ``%{if;…;~;…}`` has them from the C library, in time that grows with
pattern times text: scripts write them, and Python's own could be made to search for ever.

The pattern becomes a small program for a machine that is in all its states at once (Pike's). Backreferences
have no such program and are refused. The errors are glibc's ``regcomp``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luahost.dataclass import dataclass

MOST_STEPS = 5000
"""The longest program: ``x{1,4000}`` is one, and what glibc would need gigabytes for is none."""

MOST_WORK = 2_000_000
"""The longest program times the longest text, which is some seconds."""

LARGEST_COUNT = 32767
"""RE_DUP_MAX."""

DEEPEST = 100
"""Groups in each other."""

CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": lambda c: c.isascii() and c.isalnum(),
    "alpha": lambda c: c.isascii() and c.isalpha(),
    "blank": lambda c: c in " \t",
    "cntrl": lambda c: c < " " or c == "\x7f",
    "digit": lambda c: "0" <= c <= "9",
    "graph": lambda c: "!" <= c <= "~",
    "lower": lambda c: "a" <= c <= "z",
    "print": lambda c: " " <= c <= "~",
    "punct": lambda c: "!" <= c <= "~" and not c.isalnum(),
    "space": lambda c: c in " \t\n\v\f\r",
    "upper": lambda c: "A" <= c <= "Z",
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}
"""In the locale ``C``."""


def is_word(character: str) -> bool:
    """
    Whether it is part of a word: a letter, digit or underscore.
    """
    return character == "_" or CLASSES["alnum"](character)


ESCAPES: dict[str, Callable[[str], bool]] = {
    "w": is_word,
    "W": lambda c: not is_word(c),
    "s": CLASSES["space"],
    "S": lambda c: not CLASSES["space"](c),
}

ANCHORS: dict[str, Callable[[bool, bool, bool, bool], bool]] = {
    # by: at the beginning, at the end, word before, word after
    "^": lambda begin, end, before, after: begin,
    "$": lambda begin, end, before, after: end,
    "`": lambda begin, end, before, after: begin,
    "'": lambda begin, end, before, after: end,
    "b": lambda begin, end, before, after: before != after,
    "B": lambda begin, end, before, after: before == after,
    "<": lambda begin, end, before, after: after and not before,
    ">": lambda begin, end, before, after: before and not after,
}


@dataclass(frozen=True)
class Step:
    """
    A step of the program: take a character that fits, go on where an anchor holds, or go on at several
    places, which are relative.
    """

    fits: Callable[[str], bool] | None = None
    anchor: Callable[[bool, bool, bool, bool], bool] | None = None
    ways: tuple[int, ...] = ()


Program = list[Step]


def occurs(pattern: str, text: str) -> bool:
    """
    Whether the pattern occurs in the text, each up to its first NUL.

    Raises:
        re.error: The pattern is none, in the words of ``regcomp``.
    """
    program, text = Parser(pattern.partition("\0")[0]).program(), text.partition("\0")[0]
    if len(program) * len(text) > MOST_WORK:
        raise re.error("Memory exhausted")
    return matches(program, text)


def matches(program: Program, text: str) -> bool:
    """
    Whether the program comes to its end anywhere in the text.
    """
    states: set[int] = set()
    for at in range(len(text) + 1):
        before = at > 0 and is_word(text[at - 1])
        after = at < len(text) and is_word(text[at])
        around = (at == 0, at == len(text), before, after)
        # A match may begin here, too.
        states = reached(program, states | {0}, around)
        if len(program) in states:
            return True
        if at < len(text):
            states = {
                state + 1 for state in states if (fits := program[state].fits) is not None and fits(text[at])
            }
    return False


def reached(program: Program, states: set[int], around: tuple[bool, bool, bool, bool]) -> set[int]:
    """
    The states that these lead to without taking a character.
    """
    todo, seen = list(states), set(states)
    while todo:
        state = todo.pop()
        if state == len(program):
            continue
        step = program[state]
        onward = [state + way for way in step.ways]
        if step.anchor is not None and step.anchor(*around):
            onward.append(state + 1)
        for way in onward:
            if way not in seen:
                seen.add(way)
                todo.append(way)
    return seen


class Parser:
    """
    Makes the program of a pattern.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def program(self) -> Program:
        """
        The program of the whole pattern.

        Raises:
            re.error: It is no pattern.
        """
        return self._alternatives()

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._next()
        self._at += 1
        return character

    def _alternatives(self) -> Program:
        program = self._branch()
        while self._next() == "|":
            self._at += 1
            other = self._branch()
            program = [
                Step(ways=(1, len(program) + 2)),
                *program,
                Step(ways=(len(other) + 1,)),
                *other,
            ]
            check_size(program)
        return program

    def _branch(self) -> Program:
        program: Program = []
        while self._next() not in ("", "|") and not (self._depth and self._next() == ")"):
            atom = self._atom()
            # An anchor cannot be repeated: what follows it begins anew.
            is_anchor = len(atom) == 1 and atom[0].anchor is not None and self._pattern[self._at - 1] != ")"
            program += atom if is_anchor else self._repeated(atom)
            check_size(program)
        return program

    def _atom(self) -> Program:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return [Step(fits=self._bracket())]
        if character == ".":
            return [Step(fits=lambda c: True)]
        if character in "^$":
            return [Step(anchor=ANCHORS[character])]
        if character in "*+?{":
            raise re.error("Invalid preceding regular expression")
        if character == "\\":
            return [self._escape()]
        return [Step(fits=character.__eq__)]

    def _group(self) -> Program:
        self._depth += 1
        if self._depth > DEEPEST:
            raise re.error("Regular expression too big")
        program = self._alternatives()
        if self._take() != ")":
            raise re.error("Unmatched ( or \\(")
        self._depth -= 1
        return program

    def _escape(self) -> Step:
        character = self._take()
        if not character:
            raise re.error("Trailing backslash")
        if character in ESCAPES:
            return Step(fits=ESCAPES[character])
        if character in "`'bB<>":
            return Step(anchor=ANCHORS[character])
        if character in "123456789":
            raise re.error("Invalid back reference")
        return Step(fits=character.__eq__)

    def _repeated(self, program: Program) -> Program:
        while self._next() in ("*", "+", "?", "{") and self._next():
            character = self._take()
            if character == "{":
                least, most = self._counts()
            else:
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
            program = repeated(program, least, most)
        return program

    def _counts(self) -> tuple[int, int | None]:
        end = self._pattern.find("}", self._at)
        if end < 0:
            raise re.error("Unmatched { or \\{" if self._at > len(self._pattern) else "Unmatched \\{")
        counts = re.fullmatch("([0-9]*)(?:(,)([0-9]*))?", self._pattern[self._at : end], re.ASCII)
        if counts is None or not (counts[1] or counts[2]):
            raise re.error("Invalid content of \\{\\}")
        self._at = end + 1
        least = int(counts[1][:6] or 0)
        most = least if counts[2] is None else int(counts[3][:6]) if counts[3] else None
        if max(least, most or 0) > LARGEST_COUNT:
            raise re.error("Regular expression too big")
        if most is not None and most < least:
            raise re.error("Invalid content of \\{\\}")
        return least, most

    def _bracket(self) -> Callable[[str], bool]:
        inverted = self._next() == "^"
        self._at += inverted
        tests: list[Callable[[str], bool]] = []
        first = True
        while first or self._next() != "]":
            first = False
            tests.append(self._bracket_part())
        self._at += 1
        return lambda c: any(test(c) for test in tests) is not inverted

    def _bracket_part(self) -> Callable[[str], bool]:
        named = re.compile(r"\[:([a-z]*):\]").match(self._pattern, self._at)
        if named is not None:
            self._at = named.end()
            if named[1] not in CLASSES:
                raise re.error("Invalid character class name")
            return CLASSES[named[1]]
        low = self._bracket_character()
        range_follows = self._next() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", "")
        if not range_follows:
            return low.__eq__
        self._at += 1
        high = self._bracket_character()
        if high < low:
            raise re.error("Invalid range end")
        return lambda c: low <= c <= high

    def _bracket_character(self) -> str:
        special = re.compile(r"\[([.=])(.)\1\]", re.DOTALL).match(self._pattern, self._at)
        if special is not None:
            self._at = special.end()
            return special[2]
        character = self._take()
        if not character or (character == "[" and self._next() in (":", ".", "=") and self._next()):
            raise re.error("Unmatched [, [^, [:, [., or [=")
        return character


def repeated(program: Program, least: int, most: int | None) -> Program:
    """
    The program that often in a row; ``most`` None is any number.
    """
    if len(program) * max(least, most or 0, 1) > MOST_STEPS:
        raise re.error("Regular expression too big")
    once = [*program]
    made = once * least
    if most is None:
        made += [Step(ways=(1, len(once) + 2)), *once, Step(ways=(-len(once) - 1,))]
    else:
        optional = [Step(ways=(1, len(once) + 1)), *once]
        made += optional * (most - least)
    check_size(made)
    return made


def check_size(program: Program) -> None:
    """
    Refuse a program that is too long.
    """
    if len(program) > MOST_STEPS:
        raise re.error("Regular expression too big")
