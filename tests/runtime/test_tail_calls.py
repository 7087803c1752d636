"""
Tail calls of luahost's functions in Lua 5.4: calls, so that the script's line stays on the stack.
"""

from __future__ import annotations

import pytest

from luahost.runtime.tail_calls import without_tail_calls
from luahost.runtime.versions import new_runtime
from tests.conftest import Evaluate

NAMES = b" open i_info "

CHANGED = [
    "local m = ... return m:open(1)",
    "local d = ... return d.i_info(nil)",
    "local m = ... return m:open(m and 1 or 2, {1, m.x, f = m:g()}, ...)",
    "local m = ... return m.a.b:open(function() return m:open() end)",
    "return function(m) if m then return m:open() end return 5 end",
    "local x = {1, 2.5, 'text', true, nil} return function(m) return x, function() return m:open() end end",
    f"local x = '{'long' * 99}' return function(m) return x .. m, function() return m.open(x) end end",
]

UNCHANGED = [
    "",
    "local m = ... return m:other(1)",
    "local m = ... return (m:open(1))",
    "local m = ... local r = m:open(1) return r",
    "local open = ... return open(1)",
    "local m = ... local x = m.open x = m return m.other(x)",
    "return open(1)",
    "local m = ... return m.open.other(1)",
    "local m = ... return m.open(1)(2)",
]


def compiled(source: str) -> bytes:
    """
    The bytecode that Lua 5.4 makes of a chunk.
    """
    runtime = new_runtime("5.4")
    dumped: bytes = runtime.eval(b"function(source) return string.dump(load(source)) end")(source.encode())
    return dumped


@pytest.mark.parametrize("source", CHANGED)
def test_changed(source: str) -> None:
    """
    A method or field of that name is called; nothing else of the bytecode is touched, and once is enough.
    """
    before = compiled(source)
    after = without_tail_calls(before, NAMES)

    assert after is not None
    assert len(after) == len(before)
    assert 0 < sum(a != b for a, b in zip(before, after, strict=True)) <= 8
    assert without_tail_calls(after, NAMES) is None


@pytest.mark.parametrize("source", UNCHANGED)
def test_unchanged(source: str) -> None:
    """
    Other calls stay as they are.
    """
    assert without_tail_calls(compiled(source), NAMES) is None


@pytest.mark.parametrize("lua", ["5.1", "5.3", "5.5"])
def test_other_versions(lua: str) -> None:
    """
    Bytecode of another form is left alone.
    """
    dump = new_runtime(lua).eval(b"string.dump((loadstring or load)('local m = ... return m:open(1)'))")

    assert without_tail_calls(dump, NAMES) is None


RESULTS = [
    ("local t = {open = function(self, ...) return ... end} return t:open(1, nil, 3)", "1, nil, 3"),
    ("local t = {open = function() end} return select('#', (function() return t.open() end)())", "0"),
    ("local t = {} function t.open(...) return select('#', ...) end return t.open(...)", "2"),
    (
        "local t = {open = function(self, f) return f() end} "
        "local function outer(x) return t:open(function() x = x + 1 return x end) end "
        "return outer(4), outer(7)",
        "5, 8",
    ),
    (
        "local t = {open = setmetatable({}, {__call = function(_, t, x) return x end})} return t:open('x')",
        '"x"',
    ),
]


@pytest.mark.parametrize(("statements", "shown"), RESULTS)
def test_results(evaluate: Evaluate, statements: str, shown: str) -> None:
    """
    A script's own function of that name gives what it always gave.
    """
    assert evaluate(statements, lua="5.4") == shown


def test_deep_recursion(evaluate: Evaluate) -> None:
    """
    Other tail calls are still tail calls, and a method named as one of luahost's goes deep enough.
    """
    statements = (
        "local t = {} function t:loop(n) if n == 0 then return 'done' end return self:loop(n - 1) end "
        "function t:open(n) if n == 0 then return 'done' end return self:open(n - 1) end "
        "return t:loop(1000000), t:open(50000)"
    )

    assert evaluate(statements, lua="5.4") == '"done", "done"'
