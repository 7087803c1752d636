"""
Functions are found in the text of a Lua file, wherever ``function`` and ``end`` may stand.
"""

from __future__ import annotations

import pytest

from luahost.testing.coverage.functions import functions, lines_without_code

CASES = [
    ("function push() end", [("push", 1, 1)]),
    ("function queue.add(x)\nend", [("queue.add", 1, 2)]),
    ("function queue:add(x) return self end", [("queue:add", 1, 1)]),
    ("local function f() end", [("f", 1, 1)]),
    ("queue.add = function() end", [("queue.add", 1, 1)]),
    ("local t = { push = function() end }", [("push", 1, 1)]),
    ("t['x'] = function() end", [("", 1, 1)]),
    ("call(function()\nend)", [("", 1, 2)]),
    ("function a()\n  local function b()\n  end\nend", [("a", 1, 4), ("b", 2, 3)]),
    ("function a()\n if x then\n elseif y then\n else end\nend", [("a", 1, 5)]),
    ("function a()\n while x do end\n for i = 1, 2 do end\n repeat\n until x\nend", [("a", 1, 6)]),
    ("-- function no() end\n--[[ function no() end ]] function yes() end", [("yes", 2, 2)]),
    ("--[==[\nfunction no() end ]] ]==]\nx = [=[ end ]=] function yes() end", [("yes", 3, 3)]),
    ("x = 'function no() end' .. \"it's \\\" function\"\nfunction yes() end", [("yes", 2, 2)]),
    ("x = 'a\\\nb \\z\n  c' function yes() end", [("yes", 3, 3)]),
    ("x = 0xEnd\nx = 1 ..2 function yes() end", [("yes", 2, 2)]),
    ("local f = function\n(a)\nend", [("f", 2, 3)]),
    ("", []),
]


@pytest.mark.parametrize(("source", "expected"), CASES, ids=[source[:30] for source, _ in CASES])
def test_functions(source: str, expected: list[tuple[str, int, int]]) -> None:
    """
    Each function has its name, and the first and last line that Lua says it has.
    """
    found = [(function.name, function.line, function.last_line) for function in functions(source.encode())]

    assert found == expected


def test_a_method_is_cut_out_with_its_self() -> None:
    """
    The text of a function stands on its own lines, and can be compiled without its name.
    """
    method, without_parameters = functions(b"\nfunction a.b:c(x)\n  return self\nend\nfunction a:d() end")

    assert method.source == b"\nreturn function(self, x)\n  return self\nend"
    assert without_parameters.source == b"\n\n\n\nreturn function(self) end"


def test_lines_without_code() -> None:
    """
    A line on which something only ends is no line of code; one with a condition is.
    """
    source = b"repeat\n  f({\n    1,\n  })\nuntil x\nif y then\nelse\nend\n\n-- end\nreturn x end"

    assert lines_without_code(source) == {1, 4, 7, 8}
