"""
``luahost diff``: what a new script does otherwise than the old one.
"""

from __future__ import annotations

import argparse
import io
import json
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from luahost import sources
from luahost.cli.arguments import help_form
from luahost.cli.script_options import add_lua, add_settings
from luahost.cli.streams import standard_input
from luahost.dialects import DEFAULT_DIALECT, DIALECTS
from luahost.effects import Effect, json_value, to_json
from luahost.errors import UsageError
from luahost.runtime import Limits
from luahost.timeline import Timeline, counted, inline

if TYPE_CHECKING:
    from luahost.testing import Answer, Fault
    from luahost.testing.comparison import Comparison

ALL = "all"
CONTEXT = 2
"""Lines around a difference that are shown."""

DESCRIPTION = """\
Run two scripts on the same input and show how what they do differs: calls, log lines, requests, METADATA.
INPUT is a message, a YAML fixture or a recording, as for luahost run; without INPUT a sample is delivered.

Nothing is sent: every request is answered as --answer says. Times, IDs and line numbers are no differences.
"""

EXAMPLES = """\
examples:
  luahost diff push.lua new-push.lua mail.eml --set push_lua_url=http://push.example/
  luahost diff push.lua new-push.lua recording.jsonl --dialect all
  luahost diff push.lua new-push.lua fixture.yaml --answer read_timeout --json

exit codes: 0 the same, 1 they differ, 2 wrong usage or bad input
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "diff",
        help="run two scripts on the same input, and show what differs",
        usage="luahost diff [options] OLD NEW [INPUT ...]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "operands",
        metavar="OLD NEW [INPUT ...]",
        nargs="*",
        default=[],
        help="two Lua scripts; then messages, fixtures, recordings, or -",
    )
    verb.add_argument(
        "--answer",
        metavar="STATUS|FAULT",
        default="200",
        help="what requests are answered: a status such as 503, or a fault such as refused or read_timeout; "
        "docs/testing-endpoint.md has them all (default: %(default)s)",
    )
    add_settings(verb, "a plugin setting, for both")
    verb.add_argument("--user", metavar="NAME", help="the mail user (default: the input's, or bob)")
    verb.add_argument(
        "--dialect",
        choices=[*DIALECTS, ALL],
        default=DEFAULT_DIALECT,
        help="whose rules the scripts see; all: each in turn (default: %(default)s)",
    )
    add_lua(verb)
    verb.add_argument(
        "--json", action="store_true", help="one session that differs a line, as JSON, and the sum"
    )
    verb.set_defaults(act=diff)


def diff(options: argparse.Namespace) -> int:
    """
    The verb itself; 1 if they differ.
    """
    from luahost.testing.comparison import compare

    if len(options.operands) < 2:
        raise UsageError("diff needs two scripts, OLD and NEW; luahost diff --help says more")
    old, new, *names = options.operands
    stdin = standard_input()
    inputs = [each for name in names for each in sources.inputs(name, stdin=stdin)] or [sources.sample()]
    show = _JsonShow() if options.json else _TextShow(old, new, options.lua)
    for dialect in DIALECTS if options.dialect == ALL else (options.dialect,):
        for comparison in compare(
            old,
            new,
            inputs,
            user=options.user,
            settings=dict(options.settings),
            reply=_reply(options.answer),
            dialect=dialect,
            lua=options.lua,
            trusted=options.trusted,
            isolate=options.isolate,
            limits=Limits(**dict(options.limits)),
        ):
            show.session(dialect, comparison)
    show.end()
    return 1 if show.different else 0


def _reply(words: str) -> Answer | Fault:
    from luahost.testing.endpoint import Answer, Fault

    try:
        return Answer(int(words)) if words.isdigit() else Fault(words)
    except ValueError as error:
        raise UsageError(f"--answer: {error}") from None


class _TextShow:
    """
    For people: what differs, as a diff of timelines.
    """

    def __init__(self, old: str, new: str, lua: str) -> None:
        self._scripts = f"{inline(old)} → {inline(new)}"
        self._lua = lua
        self._dialect = ""
        self._sessions = 0
        self.different = 0
        self._changes: Counter[str] = Counter()

    def session(self, dialect: str, comparison: Comparison) -> None:
        """
        One session.
        """
        if dialect != self._dialect:
            before = "\n" if self._dialect else ""
            print(f"{before}{self._scripts}  dialect {dialect}, Lua {self._lua}")
            self._dialect = dialect
        self._sessions += 1
        if comparison.same:
            return
        self.different += 1
        self._changes.update(change.kind for change in comparison.changes)
        print(f"\n{inline(comparison.input)}  for {inline(comparison.user)}")
        lines = _differences(_told(comparison.old), _told(comparison.new))
        print("\n".join(lines or ["  what differs is in a part that is not shown; --json has all of it"]))

    def end(self) -> None:
        """
        The sum.
        """
        if not self.different:
            print(f"\nno difference in {counted(self._sessions, 'session')}")
            return
        kinds = ", ".join(f"{self._changes[kind]} {kind}" for kind in ("changed", "added", "removed"))
        print(f"\nsessions that differ: {self.different} of {self._sessions} ({kinds})")


class _JsonShow:
    """
    For programs: one line for each session that differs, and the sum.
    """

    def __init__(self) -> None:
        self._sessions = 0
        self.different = 0

    def session(self, dialect: str, comparison: Comparison) -> None:
        """
        One session.
        """
        self._sessions += 1
        if comparison.same:
            return
        self.different += 1
        changes = [
            {
                "change": change.kind,
                **({"fields": change.fields} if change.fields else {}),
                **({"old": _json(change.old)} if change.old is not None else {}),
                **({"new": _json(change.new)} if change.new is not None else {}),
            }
            for change in comparison.changes
        ]
        head = {"dialect": dialect, "input": comparison.input, "user": comparison.user}
        print(json.dumps({**json_value(head), "changes": changes}, allow_nan=False))

    def end(self) -> None:
        """
        The sum.
        """
        print(json.dumps({"sessions": self._sessions, "different": self.different}))


def _json(effect: Effect) -> dict[str, Any]:
    found = to_json(effect)
    found.pop("seconds", None)
    return found


def _differences(old: list[str], new: list[str]) -> list[str]:
    """
    A diff of two timelines, in which every effect that differs in part begins with its first line.
    """
    found: list[str] = []
    for hunk in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        first = hunk[0][1]
        head = max((index for index in range(first) if _is_head(old[index])), default=None)
        if found:
            found.append("  …")
        if head is not None and first < len(old) and not _is_head(old[first]):
            found.append(f"  {old[head]}")
            if head + 1 < first:
                found.append("                …")
        for how, a, b, c, d in hunk:
            if how == "equal":
                found += [f"  {line}" for line in old[a:b]]
                continue
            found += [f"- {line}" for line in old[a:b]]
            found += [f"+ {line}" for line in new[c:d]]
    return found


def _is_head(line: str) -> bool:
    """
    Whether it is the first line of an effect, or of a transaction.
    """
    return line.startswith("  ") and not line.startswith("   ")


def _told(effects: Iterable[Effect]) -> list[str]:
    """
    The lines of a timeline, with headers and without times.
    """
    text = io.StringIO()
    timeline = Timeline(text, verbose=True, timed=False)
    for effect in effects:
        timeline.effect(effect)
    return text.getvalue().splitlines()
