"""
What a test is, and what came of it: one form for scenarios and Lua specs.

A ``Case`` can be run and answers an ``Outcome``. ``luahost test`` and the pytest plugin run cases and
show outcomes, and need not know what they were written in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from luahost.dataclass import dataclass, field
from luahost.effects import Effect

Result = Literal["passed", "failed", "error", "pending"]
"""
``failed``: the script did not do what the test expects. ``error``: the test itself is broken or could not
run. ``pending``: it says that it is not to be judged yet.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    One thing that is wrong, at one place.

    Attributes:
        message: What, in one line.

        file: The file to look at first, as the operator named it: the test's or the script's.

        line: Its line, from 1; None where no line is to blame.

        column: The place in that line, in characters from 1; None where it is not known.

        detail: More lines for people, without a line end at the end: a diff, the Lua source around the
            place, Lua's traceback.
    """

    message: str
    file: str
    line: int | None = None
    column: int | None = None
    detail: str = ""

    @property
    def place(self) -> str:
        """
        ``push.luatest.yaml:12``, or ``push.luatest.yaml:12:5`` where the column is known.
        """
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part is not None)])

    @property
    def text(self) -> str:
        """
        Place, message and detail.
        """
        return f"{self.place}: {self.message}" + (f"\n{self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What came of one case.

    Attributes:
        file: The test's file, as the operator named it.

        name: The test's name in it.

        variant: Dialect and Lua version, ``2.3-lua5.4``; empty if the file leaves no choice.

        line: Where in the file the test begins, from 1.

        result: See ``Result``.

        problems: What is wrong, the first to be looked at first; empty if it passed.

        reason: Why it is pending.

        effects: Everything that happened, in order.

        seconds: How long it took, in real time.
    """

    file: str
    name: str
    variant: str = ""
    line: int
    result: Result
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    effects: Sequence[Effect] = field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def node(self) -> str:
        """
        What reports call it: ``push.luatest.yaml::a mail arrives[2.3-lua5.4]``.
        """
        return node_name(self.file, self.name, self.variant)

    @property
    def report(self) -> str:
        """
        All problems as text, without the effects.
        """
        return "\n\n".join(problem.text for problem in self.problems)


def node_name(file: str, name: str, variant: str = "") -> str:
    """
    What reports call a case.
    """
    return f"{file}::{name}" + (f"[{variant}]" if variant else "")


class Case(Protocol):
    """
    A test that can be run, any number of times; each run begins from nothing.

    Attributes:
        file, name, variant, line: As in its :class:`Outcome`.
    """

    @property
    def file(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def variant(self) -> str: ...

    @property
    def line(self) -> int: ...

    def run(self) -> Outcome:
        """
        Run it. What goes wrong is in the outcome, and is raised only if luahost itself is at fault.
        """


def outcome_of(
    case: Case,
    result: Result,
    seconds: float,
    problems: tuple[Problem, ...] = (),
    effects: Sequence[Effect] = (),
    reason: str = "",
) -> Outcome:
    """
    What came of a case.
    """
    return Outcome(
        file=case.file,
        name=case.name,
        variant=case.variant,
        line=case.line,
        result=result,
        problems=problems,
        reason=reason,
        effects=effects,
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """
    How cases are run, as the command line or pytest asks for it.

    Attributes:
        dialects: Run in these instead of those that the file names; empty for the file's.

        lua: The same for Lua versions.

        isolate: Each Lua state in a process of its own.

        trusted: Lua versions that a script can crash may run in this process.

        update: Write snapshots anew instead of comparing with them.

        coverage: What collects the lines that ran, None without; see ``luahost.testing.coverage``.
    """

    dialects: tuple[str, ...] = ()
    lua: tuple[str, ...] = ()
    isolate: bool = False
    trusted: bool = False
    update: bool = False
    coverage: Any = None


class CaseLoader(Protocol):
    """
    Reads one test file.
    """

    def __call__(self, file: str, options: RunOptions) -> Sequence[Case]:
        """
        The cases of a file, in its order.

        Raises:
            InputError: It cannot be used as it stands; with file and line.
        """
