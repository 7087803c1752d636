"""
Random Lua programs that end, with all that can hide a line: branches, loops, closures, coroutines, errors.
"""

from __future__ import annotations

import random

BLOCKS: list[list[str | None]] = [
    ["if {n} > {m} then", None, "elseif {n} == {m} then", None, "else", None, "end"],
    ["for i = 1, {n} do", None, "end"],
    ["for _, v in ipairs({{ 1, 2 }}) do", None, "end"],
    ["while a < {n} do", "a = a + 1", None, "end"],
    ["repeat", None, "local stop = true", "until stop"],
    ["local function f(x, ...)", None, "return x, ...", "end", "f(1, 2)"],
    ["local function never()", None, "end"],
    ["do local g = function(...)", None, "end", "g(1) g() end"],
    ["pcall(function()", None, "error('x')", "end)"],
    ["string.gsub('abc', '.', function(c)", None, "return c", "end)"],
    ["local co = coroutine.wrap(function()", None, "coroutine.yield()", None, "end)", "co()"],
    ["local t = {{", "x = a,", "f = function() return 1 end,", "}}", "t.f()"],
    ["a = a + {n}"],
]
"""Kinds of blocks; None is where others go."""

DEEPEST = 3


def program(seed: int) -> str:
    """
    A program.
    """
    return "\n".join(["local a = 0", *_lines(random.Random(seed), 0), ""])


def _lines(choose: random.Random, depth: int) -> list[str]:
    found: list[str] = []
    for _ in range(choose.randint(1, 4)):
        block = BLOCKS[-1] if depth > DEEPEST else choose.choice(BLOCKS)
        for line in block:
            if line is None:
                found += _lines(choose, depth + 1)
            else:
                found.append("  " * depth + line.format(n=choose.randint(0, 3), m=choose.randint(0, 3)))
    return found
