"""
What is wrong with a script, as problems that point at its lines; and with what it sent.
"""

from __future__ import annotations

from luahost.effects import ProcessKilled
from luahost.testing.endpoint import Endpoint
from luahost.testing.expected_errors import ScriptError
from luahost.testing.outcome import Problem

NEIGHBOURS = 2
"""Lines of the script that are shown on each side of the one that is pointed at."""


def error_problem(error: ScriptError, *, script: str) -> Problem:
    """
    An error of the script, with the lines around its place and Lua's traceback.

    Args:
        error: What went wrong.

        script: The script's path, for an error that Lua gives no place.
    """
    file = script_path(error.file, script)
    if isinstance(error, ProcessKilled):
        lines = excerpt(file, error.line) if file == script else []
        return Problem(message=error.reason, file=file, line=error.line, detail="\n".join(lines))
    called = f"{error.function} failed: " if error.function else "the script failed: "
    message, *more = _without_place(error.message, file, error.line).split("\n")
    # A script gives a chunk of its own any name, that of a secret file as well: what was loaded is shown.
    lines = [*more, *(excerpt(file, error.line, error.source) if error.source is not None else ())]
    if error.traceback:
        lines += error.traceback.split("\n")
    return Problem(message=called + message, file=file, line=error.line, detail="\n".join(lines))


def _without_place(message: str, file: str, line: int | None) -> str:
    """
    What Lua says behind the place, which stands in front of the problem already.
    """
    place, colon, words = message.partition(": " if line is None else f":{line}: ")
    return words if colon and script_path(place, file) == file else message


def endpoint_problems(endpoint: Endpoint, *, script: str) -> list[Problem]:
    """
    What a strict endpoint has seen too much or too little of, with its routes.
    """
    found = endpoint.problems
    if not found:
        return []
    routes = [f"  {route}" for route in endpoint.routes]
    detail = "\n".join(["routes:", *routes] if routes else ["no routes"])
    return [Problem(message=words, file=script, detail=detail) for words in found]


def script_path(named: str | None, script: str) -> str:
    """
    The file that Lua names. Of a long path Lua has the end only, behind three dots.
    """
    if named is None or (named.startswith("...") and script.endswith(named[3:])):
        return script
    return named


def excerpt(
    file: str, line: int | None, source: str | None = None, *, neighbours: int = NEIGHBOURS
) -> list[str]:
    """
    The lines around one, with an arrow at it.

    Args:
        file: A Lua file.

        line: Its line, from 1; without one there is nothing to show.

        source: The line's text, for a file that cannot be read any more.

        neighbours: How many lines are shown on each side of it.
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
    first, last = max(1, line - neighbours), min(len(lines), line + neighbours)
    if last > line and last == len(lines) and not lines[-1]:
        last -= 1
    width = len(str(last))
    return [
        f"{'>' if number == line else ' '} {number:>{width}} | {lines[number - 1]}".rstrip()
        for number in range(first, last + 1)
    ]
