"""
One test of a spec, run in a session of its own; the Python half of ``lua/testing/spec.lua``.

The test comes out of Lua with each act, and goes back in when the script is through with that. So the script
is called from here, as in ``luahost run``, and not from within the test.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from luahost.dataclass import replace
from luahost.effects import Effect
from luahost.errors import InputError, ScriptCrashError, ScriptError, ScriptLimitError
from luahost.runtime import LuaFault, LuaState, script_bytecode, text
from luahost.runtime.answers import place
from luahost.testing.clock import ManualClock
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.outcome import Problem, RunOptions
from luahost.testing.problems import excerpt
from luahost.testing.push import Push
from luahost.testing.spec.directives import Directives, script_path
from luahost.testing.spec.values import values
from luahost.testing.spec.world import World

CHUNK = "testing.spec"


class Spec:
    """
    A spec file, in one dialect and one Lua.

    Attributes:
        file: Its path.

        source: Its text.

        said: What it says of itself.

        dialect, lua: In which it is run.

        options: How the command line or pytest wants it run.
    """

    def __init__(
        self, file: str, source: bytes, said: Directives, *, dialect: str, lua: str, options: RunOptions
    ) -> None:
        self.file = file
        self.source = source
        self.said = said
        self.dialect = dialect
        self.lua = lua
        self.script = script_path(said, file)
        self.options = options

    def push(self, endpoint: Endpoint, clock: ManualClock, *, coverage: bool = True) -> Push:
        """
        A session for one test.
        """
        said, options = self.said, self.options
        folder = os.path.dirname(self.file)
        return Push(
            self.script,
            user=said.user,
            mailboxes=said.mailboxes,
            settings=said.settings,
            folder=folder,
            endpoint=endpoint,
            clock=clock,
            dialect=self.dialect,
            lua=self.lua,
            limits=said.limits or None,
            seed=said.seed,
            debug=said.debug,
            folders=[folder or "."],
            isolate=options.isolate,
            trusted=options.trusted,
            coverage=options.coverage if coverage else None,
        )


class NotLoaded(Exception):
    """
    There is no state to run a spec in: its script failed to load, and the session's effects say why.
    """


def loaded_into(push: Push, spec: Spec, world: World, number: int | None = None) -> LuaState:
    """
    Load a spec into the state of its script, which has been opened; with a number to run that one of its
    tests.

    Raises:
        NotLoaded: There is no such state.

        InputError: The spec is no Lua, or fails while it is loaded.

        ScriptLimitError: It used more than a script may.
    """
    if not push.session.loaded:
        raise NotLoaded
    (state,) = push.session.states
    state.register("testing.world", world.functions())
    name = b"@" + spec.file.encode("utf-8", "surrogateescape")
    text = script_bytecode.number_of(spec.source, name)
    failure = state.entry(CHUNK, "load")(spec.source, name, text, number)
    if failure is not None:
        raise _broken(failure if isinstance(failure, tuple) else (failure,), spec.file)
    return state


def _broken(failure: Sequence[Any], spec_file: str) -> InputError:
    file, line, traceback = place(failure[1:])
    words = without_place(text(failure[0]), file, line)
    return InputError("\n".join(filter(None, (words, traceback))), file=file or spec_file, line=line)


def without_place(message: str, file: str | None, line: int | None) -> str:
    """
    Lua's message without the place in front of it, which is told apart from it. Of a long path Lua shows the
    end.
    """
    head, colon, rest = message.partition(f":{line}: ")
    named = head.removeprefix("...")
    return rest if colon and file is not None and named and file.endswith(named) else message


def found_tests(spec: Spec) -> list[tuple[str, int, bool]]:
    """
    The tests of a spec: name, line, and whether there is anything to run.

    Raises:
        NotLoaded: The script could not be loaded.

        InputError: The spec could not.
    """
    endpoint, clock = Endpoint(), ManualClock()
    try:
        with spec.push(endpoint, clock, coverage=False) as push:
            state = loaded_into(push, spec, World(push, endpoint, clock))
            crossed = state.entry(CHUNK, "tests")()
    except ScriptLimitError as error:
        words = without_place(error.message, error.file, error.line)
        raise InputError(words, file=error.file or spec.file, line=error.line) from None
    (listed,) = values(crossed)
    return [(listed[at], int(listed[at + 1]), listed[at + 2]) for at in range(0, len(listed), 3)]


class Run:
    """
    One run of one test.

    Args:
        spec: The file.

        line: Where the test is in it.

    Attributes:
        effects: Everything that happened.

        endpoint: The HTTP double.

        problems: What went wrong in the test.

        errors: Errors of the script that nobody expected.

        of_endpoint: What the endpoint has seen too much or too little of.

        stopped: The limit that has ended it, if one has.
    """

    def __init__(self, spec: Spec, *, line: int) -> None:
        self._spec = spec
        self._line = line
        self._state: LuaState | None = None
        self.effects: Sequence[Effect] = ()
        self.endpoint = Endpoint()
        self.problems: list[Mapping[str, Any]] = []
        self.errors: list[Problem] = []
        self.of_endpoint: list[Problem] = []
        self.stopped: ScriptError | None = None

    def run(self, number: int) -> None:
        """
        Run the test of this number, from 1.

        Raises:
            InputError: The spec cannot be loaded.
        """
        clock = ManualClock()
        with self._spec.push(self.endpoint, clock) as push:
            self.effects = push.effects
            world = World(push, self.endpoint, clock)
            try:
                self._state = loaded_into(push, self._spec, world, number)
                self.problems = _until_done(self._state, world)
            except ScriptLimitError as error:
                self.stopped = error
            except NotLoaded:
                # What became of the script is among its errors.
                self.problems = []
        if self._spec.options.coverage is not None:
            self._spec.options.coverage.add_faults(self.endpoint.faults)
        unexpected, verdict = push.unexpected_errors, push.verdict()
        for (number, _), problem in zip(unexpected, verdict, strict=False):
            self.errors.append(self._with_act(problem, number, world))
        for problem in verdict[len(unexpected) :]:
            line = self._endpoint_line(problem, world)
            self.of_endpoint.append(replace(problem, file=self._spec.file, line=line))

    def _with_act(self, problem: Problem, number: int, world: World) -> Problem:
        """
        An error of the script, by the number of its effect, with the act that it came of.
        """
        file, lines = self._spec.file, [problem.detail] if problem.detail else []
        if problem.file == file:
            # A function of the spec in the place of one of the script's.
            lines[:0] = excerpt(file, problem.line)
        act = next((act for act in world.acts if number in act.effects), None)
        if act is not None and act.line is not None:
            lines += [f"by push:{act.name} in {file}:{act.line}", *excerpt(file, act.line, neighbours=0)]
        return replace(problem, detail="\n".join(lines))

    def shows(self, file: str) -> bool:
        """
        Whether lines of this file may be shown: the spec, and what its state has loaded, whatever else a
        script calls its chunks.
        """
        return file == self._spec.file or (self._state is not None and self._state.source(file) is not None)

    def _endpoint_line(self, problem: Problem, world: World) -> int:
        """
        The spec's line with the route or the act that a problem of the endpoint is about.
        """
        for route, line in zip(self.endpoint.routes, world.route_lines, strict=False):
            if line is not None and route.unused is not None and problem.message.endswith(route.unused):
                return line
        for act in world.acts:
            for number in act.unexpected:
                if act.line is not None and str(self.endpoint.unexpected[number]) in problem.message:
                    return act.line
        return self._line


def _until_done(state: LuaState, world: World) -> list[Mapping[str, Any]]:
    """
    The problems of a test. Whatever it wants done is done in between.
    """
    go_on = state.entry(CHUNK, "go_on")
    answer = state.entry(CHUNK, "start")()
    while _is_act(answer):
        answer = go_on(world.act(answer[1], answer[2], answer[3:]))
    if isinstance(answer, tuple) and answer[0] == b"done":
        with contextlib.suppress(LuaFault, ValueError):
            (problems,) = values(answer[1:])
            if isinstance(problems, list) and all(map(_is_problem, problems)):
                return problems
    # Only from a process that a script has in its hands.
    raise ScriptCrashError("luahost: no test answers what this one did")


def _is_act(answer: Any) -> bool:
    return (
        isinstance(answer, tuple)
        and len(answer) > 2
        and answer[0] == b"act"
        and isinstance(answer[1], bytes)
        and isinstance(answer[2], int | None)
    )


_PROBLEM = {
    "kind": str,
    "message": str,
    "file": str | None,
    "line": int | None,
    "traceback": str | None,
    "where": str | None,
}


def _is_problem(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(found.get(name), kind) for name, kind in _PROBLEM.items()
    )
