"""
What stands under ``then``: expectations, aspect by aspect.

What is not mentioned is not judged. A list is all that there is of an aspect, in order; a number says how
many; a mapping takes the words of ``_WAYS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from luahost.dataclass import dataclass
from luahost.documents.quoting import quoted
from luahost.documents.values import Reader, Value, items, meant_or_known, members, record, text, truth
from luahost.documents.yaml_tree import MappingNode, ScalarNode, SequenceNode
from luahost.testing.outcome import Problem
from luahost.testing.scenario import sequences
from luahost.testing.scenario.aspects import ASPECTS, Aspect
from luahost.testing.scenario.evidence import Evidence
from luahost.testing.scenario.matcher_words import matcher
from luahost.testing.scenario.matchers import Equal, Matcher
from luahost.testing.scenario.sequences import Expected, Fact, Report
from luahost.testing.scenario.showing import shown

MINUS_PLUS = "(- expected, + got)"

Check = Callable[[Evidence], Iterator[Problem]]
"""Judges, and tells of what is not as expected."""

_Compare = Callable[[Sequence[Expected], Sequence[Fact]], Report | None]

_WAYS: Mapping[str, tuple[_Compare, str]] = {
    "exactly": (sequences.exactly, "differ"),
    "in_any_order": (sequences.in_any_order, "differ"),
    "contains": (sequences.in_order, "lack something"),
    "absent": (sequences.none_of, "have what should not be there"),
}
"""How a list can be meant: what compares it, and what is said if it is not so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """
    What one ``then`` says.

    Attributes:
        line: Where it stands.

        checks: What it wants to be judged.

        aspects: The aspects that it mentions.

        snapshot: Whether everything that happened is compared with the snapshot.
    """

    line: int
    checks: tuple[Check, ...] = ()
    aspects: frozenset[str] = frozenset()
    snapshot: bool = False

    def problems(self, evidence: Evidence) -> Iterator[Problem]:
        """
        What is not as expected.
        """
        for check in self.checks:
            yield from check(evidence)


def expectations(value: Value) -> Expectations:
    """
    A mapping of aspects, or the word ``snapshot``.
    """
    node = value.node
    if isinstance(node, ScalarNode) and not value.is_nothing:
        if node.text == SNAPSHOT:
            return Expectations(line=value.line, snapshot=True)
        raise value.expected(f"snapshot, or a mapping of {', '.join(_TABLE)}")
    if value.is_nothing or not isinstance(node, MappingNode):
        raise value.expected(f"a mapping of {', '.join(_TABLE)}")
    found = record(value, _TABLE, where="under then")
    snapshot = found.pop(SNAPSHOT, ())
    return Expectations(
        line=value.line,
        checks=tuple(check for checks in found.values() for check in checks),
        aspects=frozenset(found),
        snapshot=bool(snapshot),
    )


def _aspect(name: str, value: Value) -> Sequence[Check]:
    aspect = ASPECTS[name]
    if isinstance(value.node, SequenceNode):
        return [_list_check(name, aspect, value, "exactly")]
    if isinstance(value.node, ScalarNode):
        return [_count_check(name, aspect, value)]
    found = members(value)
    checks: list[Check] = []
    for key, member in found.items():
        if key == "count":
            checks.append(_count_check(name, aspect, member))
        elif key in _WAYS:
            checks.append(_list_check(name, aspect, member, key))
        elif not any(word in found for word in (*_WAYS, "count")):
            raise value.expected(f'a list, a number, or a mapping of {_ways()}; begin its items with "- "')
        else:
            known = [*_WAYS, "count"]
            raise member.error(f"unknown key {quoted(key)} in {name}; {meant_or_known(key, known)}")
    if not checks:
        raise value.expected(f"a list, a number, or a mapping of {_ways()}")
    return checks


def _ways() -> str:
    return f"{', '.join(_WAYS)} and count"


def _list_check(name: str, aspect: Aspect, value: Value, way: str) -> Check:
    if not isinstance(value.node, SequenceNode):
        raise value.expected("a list")
    expected = [aspect.read(item) for item in items(value, f"an item of {name}")]
    compare, words = _WAYS[way]

    def check(evidence: Evidence) -> Iterator[Problem]:
        report = compare(expected, list(aspect.facts(evidence)))
        if report is not None:
            explained = MINUS_PLUS if any(line.lstrip()[:2] in ("- ", "+ ") for line in report.lines) else ""
            yield Problem(
                message=f"{evidence.when}: {name} {words} {explained}".rstrip(),
                file=value.document.file,
                line=report.line or value.line,
                detail="\n".join(report.lines),
            )

    return check


def _count_check(name: str, aspect: Aspect, value: Value) -> Check:
    wanted = _number(value, f"a list, a number, or a mapping of {_ways()}")
    if isinstance(wanted, Equal) and not (type(wanted.value) is int and wanted.value >= 0):
        raise value.expected("a whole number, from 0, where it says how many")

    def check(evidence: Evidence) -> Iterator[Problem]:
        facts = list(aspect.facts(evidence))
        if not wanted.matches(len(facts)):
            yield Problem(
                message=f"{evidence.when}: the number of {name} is {len(facts)}, expected {wanted.words}",
                file=value.document.file,
                line=value.line,
                detail="\n".join(f"    {fact.summary}" for fact in facts),
            )

    return check


def _number(value: Value, what: str) -> Matcher:
    """
    What is expected of a number.
    """
    wanted = matcher(value)
    if isinstance(wanted, Equal) and type(wanted.value) not in (int, float):
        raise value.expected(what)
    return wanted


def _value_check(
    what: str, wanted: Matcher, value: Value, of: Callable[[Evidence], object]
) -> Sequence[Check]:
    def check(evidence: Evidence) -> Iterator[Problem]:
        found = of(evidence)
        if not wanted.matches(found):
            message = f"{evidence.when}: {what}: expected {wanted.words}, got {shown(found)}"
            yield Problem(message=message, file=value.document.file, line=value.line)

    return [check]


def _mailboxes_open(value: Value) -> Sequence[Check]:
    wanted = sorted(text(item) for item in items(value, "a mailbox"))

    def check(evidence: Evidence) -> Iterator[Problem]:
        found = sorted(evidence.mailboxes_open)
        if found != wanted:
            words = f"mailboxes left open: expected {shown(wanted)}, got {shown(found)}"
            yield Problem(message=f"{evidence.when}: {words}", file=value.document.file, line=value.line)

    return [check]


def _seconds(value: Value) -> Sequence[Check]:
    wanted = _number(value, "a number of seconds, or a range such as {$to: 5}")
    return _value_check("seconds spent", wanted, value, lambda evidence: round(evidence.seconds, 9))


def _snapshot(value: Value) -> Sequence[Check]:
    return [_nothing] if truth(value) else []


def _nothing(evidence: Evidence) -> Iterator[Problem]:
    yield from ()


SNAPSHOT = "snapshot"

_TABLE: Mapping[str, Reader[Sequence[Check]]] = {
    **{name: partial(_aspect, name) for name in ASPECTS},
    "mailboxes_open": _mailboxes_open,
    "seconds": _seconds,
    SNAPSHOT: _snapshot,
}
"""The keys under ``then``."""
