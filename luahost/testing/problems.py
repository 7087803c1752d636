"""
What is wrong with a script, as problems that point at its lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.effects import Failure, ProcessKilled
from luahost.testing.outcome import Problem

NEIGHBOURS = 2
"""Lines of the script that are shown on each side of the one that is pointed at."""


def failure_problem(failure: Failure, *, script: str) -> Problem:
    """
    A failure of the script, with the lines around its place and Lua's traceback.

    Args:
        failure: What went wrong.

        script: The script's path, for a failure that Lua gives no place.
    """
    called = f"{failure.function} failed: " if failure.function else "the script failed: "
    message, *more = failure.message.split("\n")
    file = script_path(failure.file, script)
    lines = [*more, *excerpt(file, failure.line, failure.source)]
    if failure.traceback:
        lines += failure.traceback.split("\n")
    return Problem(message=called + message, file=file, line=failure.line, detail="\n".join(lines))


def kill_problem(killed: ProcessKilled, *, script: str) -> Problem:
    """
    What would have killed Dovecot's process, with the lines around its place.
    """
    file = script_path(killed.file, script)
    return Problem(
        message=killed.reason, file=file, line=killed.line, detail="\n".join(excerpt(file, killed.line))
    )


def script_path(named: str | None, script: str) -> str:
    """
    The file that Lua names. Of a long path Lua has the end only, behind three dots.
    """
    if named is None or (named.startswith("...") and script.endswith(named[3:])):
        return script
    return named


def excerpt(file: str, line: int | None, source: str | None = None) -> Sequence[str]:
    """
    The lines around one, with an arrow at it.

    Args:
        file: A Lua file.

        line: Its line, from 1; without one there is nothing to show.

        source: The line's text, for a file that cannot be read any more.
    """
    if line is None:
        return []
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            lines = opened.read().split("\n")
    except (OSError, ValueError):
        lines = []
    if line > len(lines):
        return [] if source is None else [f"> {line} | {source}"]
    first, last = max(1, line - NEIGHBOURS), min(len(lines), line + NEIGHBOURS)
    if last > line and last == len(lines) and not lines[-1]:
        last -= 1
    width = len(str(last))
    return [
        f"{'>' if number == line else ' '} {number:>{width}} | {lines[number - 1]}".rstrip()
        for number in range(first, last + 1)
    ]
