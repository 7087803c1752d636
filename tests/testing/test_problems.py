"""
Problems that point at a script's lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.effects import Failure
from luahost.testing import Push
from luahost.testing.problems import error_problem, excerpt


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("a\nb\nc\nd\ne\nf\n", 3, ["  1 | a", "  2 | b", "> 3 | c", "  4 | d", "  5 | e"]),
        ("a\nb\n", 1, ["> 1 | a", "  2 | b"]),
        ("a\n\nc", 3, ["  1 | a", "  2 |", "> 3 | c"]),
        ("x\n" * 9 + "y\nz\n", 10, ["   8 | x", "   9 | x", "> 10 | y", "  11 | z"]),
        ("a\n", 7, ["> 7 | as it was"]),
        (None, 7, ["> 7 | as it was"]),
        ("a\n", None, []),
    ],
)
def test_the_lines_around_one(tmp_path: Path, text: str | None, line: int | None, shown: list[str]) -> None:
    """
    An arrow is at the line, two neighbours on each side; of a changed file there is the line as it was.
    """
    path = tmp_path / "push.lua"
    if text is not None:
        path.write_text(text)

    assert excerpt(str(path), line, "as it was") == shown


def test_a_long_path(tmp_path: Path) -> None:
    """
    Lua shortens long paths in its messages; the problem has the whole one, in front and nowhere else.
    """
    path = tmp_path / ("folder" * 12) / "push.lua"
    path.parent.mkdir()
    path.write_text(
        "function dovecot_lua_notify_begin_txn() return {} end\n"
        'function dovecot_lua_notify_event_message_new() error("no such luck") end\n'
        "function dovecot_lua_notify_end_txn() end\n"
    )
    with Push(path) as push:
        push.deliver()

    (problem,) = push.verdict()
    assert problem.place == f"{path}:2"
    assert problem.message == "dovecot_lua_notify_event_message_new failed: no such luck"


def test_an_error_without_a_place() -> None:
    """
    An error that Lua gives no place is the script's as a whole.
    """
    problem = error_problem(Failure(function=None, message="push.lua: broken\nand more"), script="push.lua")

    assert (problem.text, problem.line) == ("push.lua: the script failed: broken\nand more", None)
