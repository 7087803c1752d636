"""
``Coverage``: what ran of the scripts' files, in which dialect and Lua version, and what they were tried on.

One collector may be given to any number of hosts, and collectors of several processes become one by
:meth:`Coverage.merge`. A state waits only for lines that did not run before in the same dialect and Lua
version, so the more has been seen, the less there is to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from luahost.effects import Call, Effect, Http
from luahost.errors import UsageError
from luahost.events import EVENTS
from luahost.runtime import LuaState, text
from luahost.testing.coverage.endings import ending
from luahost.testing.coverage.executable import executable

CHUNK = "coverage.lines"

Under = tuple[str, str]
"""What a script runs under: the dialect and the Lua version."""

Ran = set[tuple[int, int]]
"""Lines that ran, each with the first line of the function that it ran in, 0 outside of functions."""

FORMAT = "luahost coverage 1"

_EVENT_OF_HANDLER = {event.handler: event.name for event in EVENTS}


class File:
    """
    One file of a script.

    Attributes:
        source: Its text, as Lua gets it.

        ran: What ran of it.
    """

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.ran: dict[Under, Ran] = {}


class Coverage:
    """
    Collects coverage from hosts: ``Host(script, coverage=coverage)``.

    Attributes:
        files: What ran, by absolute path.

        events: How often each event of RFC 5423 reached a handler, by dialect.

        endings: How often an HTTP request ended so, for requests that were not answered with success: by the
            kind of its failure, such as ``timeout``, or by the status, such as ``429``.

        faults: How often the endpoint double answered with each fault, as far as :meth:`add_faults` was told.
    """

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.events: dict[str, dict[str, int]] = {}
        self.endings: dict[str, int] = {}
        self.faults: dict[str, int] = {}

    def watch(self, state: LuaState, *, dialect: str) -> None:
        """
        See which lines run in a state that has not yet loaded its script.
        """
        under = (dialect, state.lua)
        waited: dict[str, tuple[Ran, Ran]] = {}  # for each file what is waited for, and where it goes

        def expected(path: bytes) -> bytes:
            with state.meter.pausing():
                form, lines, ran_lines = self._expected(state, text(path), under)
            waited[text(path)] = lines, ran_lines
            return form

        def ran(path: bytes, begins: int, line: int) -> None:
            # A worker may be in the hands of an attacker, and tell of any line there is.
            expected_lines, ran_lines = waited[text(path)]
            if (begins, line) in expected_lines:
                ran_lines.add((int(begins), int(line)))

        state.register(CHUNK, {"expected": expected, "ran": ran})
        with state.meter.pausing():
            state.entry(CHUNK, "watch")()

    def hearing(self, listener: Callable[[Effect], None] | None, *, dialect: str) -> Callable[[Effect], None]:
        """
        A listener that counts events and how requests end, and then tells the other one, if there is one.
        """

        def hear(effect: Effect) -> None:
            if isinstance(effect, Call) and effect.function in _EVENT_OF_HANDLER:
                _count(self.events.setdefault(_EVENT_OF_HANDLER[effect.function], {}), dialect)
            elif isinstance(effect, Http):
                ended = ending(effect)
                if ended is not None:
                    _count(self.endings, ended)
            if listener is not None:
                listener(effect)

        return hear

    def add_faults(self, faults: Mapping[str, int]) -> None:
        """
        Add the faults that an endpoint has answered with: its ``faults``, when a test is over.
        """
        _add(self.faults, faults)

    def clear(self) -> None:
        """
        Forget all of it.
        """
        for seen in (self.files, self.events, self.endings, self.faults):
            seen.clear()

    def merge(self, other: Coverage) -> None:
        """
        Add what another one has seen. Of a file that has changed in between, only the other one's counts.
        """
        for path, theirs in other.files.items():
            ours = self._file(path, theirs.source)
            for under, ran in theirs.ran.items():
                ours.ran.setdefault(under, set()).update(ran)
        for event, counts in other.events.items():
            _add(self.events.setdefault(event, {}), counts)
        _add(self.endings, other.endings)
        _add(self.faults, other.faults)

    def to_plain(self) -> dict[str, Any]:
        """
        All of it as values that JSON and other processes take.
        """
        return {
            "format": FORMAT,
            "files": [
                {
                    "path": path,
                    "source": file.source.decode("latin-1"),
                    "ran": [[*under, sorted(ran)] for under, ran in file.ran.items()],
                }
                for path, file in self.files.items()
            ],
            "events": self.events,
            "endings": self.endings,
            "faults": self.faults,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Coverage:
        """
        What :meth:`to_plain` gave.

        Raises:
            UsageError: It is from another version of luahost.
        """
        if plain.get("format") != FORMAT:
            raise UsageError("this is no coverage of this version of luahost; measure again")
        made = cls()
        for file in plain["files"]:
            ran = made._file(file["path"], file["source"].encode("latin-1")).ran
            for dialect, lua, pairs in file["ran"]:
                ran[dialect, lua] = {(begins, line) for begins, line in pairs}
        made.events = {event: dict(counts) for event, counts in plain["events"].items()}
        made.endings = dict(plain["endings"])
        made.faults = dict(plain["faults"])
        return made

    def _file(self, path: str, source: bytes) -> File:
        file = self.files.get(path)
        if file is None or file.source != source:
            file = self.files[path] = File(source)
        return file

    def _expected(self, state: LuaState, path: str, under: Under) -> tuple[bytes, Ran, Ran]:
        """
        The lines of a file that a state has to wait for, in the form of coverage/lines.lua and as they are;
        and where those belong that have run.
        """
        source = state.source(path)
        if source is None:
            return b"", set(), set()
        functions = executable(source, under[1])
        ran = self._file(os.path.abspath(path), source).ran.setdefault(under, set())
        form: list[str] = []
        waited: Ran = set()
        for function in functions:
            lines = [line for line in function.lines if (function.line, line) not in ran]
            if lines:
                waited.update((function.line, line) for line in lines)
                form.append(f"{function.line}:{','.join(map(str, lines))};")
        return "".join(form).encode(), waited, ran


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count
