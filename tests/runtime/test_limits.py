"""
Limits: what a script may use, and that it is stopped for good when it uses more.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.errors import ScriptLimitError, UsageError
from luahost.runtime import NO_LIMITS, LimitReached, Limits, LuaState, Meter, limit_value
from tests.conftest import WriteScript

SHORT = 100_000
"""Instructions enough for what a test does besides spinning."""


def stopped(path: str, lua: str, **limits: Any) -> tuple[ScriptLimitError, list[bytes]]:
    """
    Why a script was stopped, and what it printed.
    """
    printed: list[bytes] = []
    state = LuaState(lua, printed=printed.append, limits=Limits(**limits))
    with pytest.raises(ScriptLimitError) as caught:
        state.load(path)
    assert state.stopped is caught.value
    return caught.value, printed


SPINS = {
    "loop": "while true do end",
    "tail calls": "local function f() return f() end f()",
    "pcall": "while true do pcall(function() while true do end end) end",
    "nested pcall": "while true do pcall(pcall, pcall, function() while true do end end) end",
    "handler": "local function spin() while true do end end xpcall(spin, spin)",
    "handler of an error": "xpcall(error, function() while true do end end)",
    "coroutine": "coroutine.wrap(function() while true do end end)()",
    "caught in coroutines": """
        local function f(n)
          if n == 0 then while true do end end
          while true do coroutine.resume(coroutine.create(f), n - 1) pcall(coroutine.wrap(f), n - 1) end
        end
        f(4)""",
    "metamethod": """
        local t = setmetatable({}, { __index = function() while true do end end })
        pcall(function() return t.x end)""",
    "comparator": "pcall(table.sort, { 2, 1 }, function() while true do end end)",
    "gsub": "pcall(string.gsub, 'x', '.', function() while true do end end)",
    "reader": "pcall(load, function() while true do end end)",
    "tostring": "pcall(tostring, setmetatable({}, { __tostring = function() while true do end end }))",
    "require": "package.preload.x = function() while true do end end pcall(require, 'x')",
    "protect": "require('socket').protect(function() while true do end end)()",
    "print": "pcall(print, setmetatable({}, { __tostring = function() while true do end end }))",
}


@pytest.mark.parametrize("spin", SPINS.values(), ids=SPINS)
def test_instructions(script: WriteScript, lua: str, spin: str) -> None:
    """
    A script that spins is stopped wherever it spins and whatever it catches, and does nothing afterwards.
    """
    path = script(f"print('before')\n{spin}\nprint('after')\nwhile true do print('after') end")

    error, printed = stopped(path, lua, call_instructions=SHORT)

    assert error.limit == "call_instructions"
    assert error.allowed == SHORT < error.spent <= SHORT + 20_000
    assert printed == [b"before\n"]


def test_replaced_traceback(script: WriteScript, lua: str) -> None:
    """
    What a script puts in the place of debug.traceback handles its errors, and is stopped as anything else.
    """
    path = script("debug.traceback = function() while true do end end function f() error('x') end")
    state = LuaState(lua, limits=Limits(call_instructions=SHORT))
    state.load(path)

    with pytest.raises(ScriptLimitError, match="call_instructions=100000"):
        state.call("f")


def test_closing_variables(script: WriteScript) -> None:
    """
    Variables that are to be closed get no time for it.
    """
    close = (
        "local x <close> = setmetatable({}, { __close = function() print('after') while true do end end })"
    )
    for around in ("%s", "pcall(function() %s end)", "coroutine.wrap(function() %s end)()"):
        path = script(around % f"{close} while true do end")
        for lua in ("5.4", "5.5"):
            error, printed = stopped(path, lua, call_instructions=SHORT)
            assert (error.limit, printed) == ("call_instructions", [])


def test_place(script: WriteScript, lua: str) -> None:
    """
    The error names the limit, what was spent, the place and Lua's traceback.
    """
    path = script("local function spin()\n  while true do end\nend\nlocal ok = spin()\nreturn ok")

    error, _ = stopped(path, lua, call_instructions=SHORT)

    assert str(error) == (
        f"{path}:2: luahost stopped the script: it used 110000 instructions in one call; "
        f"the limit is call_instructions={SHORT}"
    )
    assert (error.file, error.line) == (path, 2)
    assert error.traceback is not None
    assert "spin'" in error.traceback
    assert error.traceback.splitlines()[-1].strip() == f"{path}:4: in main chunk"


def test_seconds(script: WriteScript, lua: str) -> None:
    """
    Time is a limit of its own.
    """
    error, _ = stopped(
        script("while true do pcall(function() while true do end end) end"), lua, call_seconds=0.05
    )

    assert (error.limit, error.allowed) == ("call_seconds", 0.05)
    assert error.spent >= 0.05


MEMORY = {
    "a text": "local s = 'x' while true do s = s .. s end",
    "a table": "local t = {} while true do t[#t + 1] = {} end",
    "caught": "while true do pcall(function() local s = ('x'):rep(999) while true do s = s .. s end end) end",
    "in coroutines": """
        while true do
          coroutine.resume(coroutine.create(function() local s = 'x' while true do s = s .. s end end))
        end""",
    "answers of host functions": """
        local t, m = {}, require('mime')
        while true do t[#t + 1] = m.b64(('x'):rep(9999) .. #t) end""",
    "its own text": "local t, l = {}, loadstring or load while true do t[#t + 1] = l('return ' .. #t) end",
}


@pytest.mark.parametrize("eats", MEMORY.values(), ids=MEMORY)
def test_memory(script: WriteScript, lua: str, eats: str) -> None:
    """
    So is memory, and running out of it cannot be caught.
    """
    path = script(f"{eats}")
    state = LuaState(lua, limits=Limits(memory_bytes=3 * 1024 * 1024))
    state.register("require.mime", {"b64": lambda text, _: text * 2})
    with pytest.raises(ScriptLimitError) as caught:
        state.load(path)

    assert caught.value.limit == "memory_bytes"
    assert "all of the 3145728 bytes" in str(caught.value)


def test_place_at_any_instruction(script: WriteScript, lua: str) -> None:
    """
    Where the script stood is told however many instructions it has run before, which the guard counts.
    """
    # What cannot be had at last is as much as all the rest: there is room for what is told.
    eats = "pcall(function() local t = {} for i = 1, 1000000 do t[i] = i end end)"
    lines = []
    for run in range(0, 10_000, 250):
        state = LuaState(lua, limits=Limits(memory_bytes=1024 * 1024))
        with pytest.raises(ScriptLimitError) as caught:
            state.load(script(f"for i = 1, {run} do end\n{eats}"))
        lines.append(caught.value.line)

    assert set(lines) == {2}


def test_arguments_that_do_not_fit(script: WriteScript, lua: str) -> None:
    """
    What is handed to Lua must fit into it; if not, that is the same limit and no crash.
    """
    state = LuaState(lua, limits=Limits(memory_bytes=8 * 1024 * 1024))
    state.load(script("function f() end"))

    with pytest.raises(ScriptLimitError, match="memory_bytes=8388608"):
        state.call("f", table={"key": "x" * 9_000_000})


def test_what_is_entered_first_is_not_limited(script: WriteScript, lua: str) -> None:
    """
    A state's limits hold also where the first that was entered is luahost's own, which has none.
    """
    state = LuaState(lua, limits=Limits(call_instructions=SHORT))
    with state.meter.pausing():
        state.entry(None, "has")(b"f")

    with pytest.raises(ScriptLimitError, match="call_instructions"):
        state.load(script("while true do end"))


def test_dead(script: WriteScript, lua: str) -> None:
    """
    Once stopped, a state refuses every call, with the same error.
    """
    state = LuaState(lua, limits=Limits(call_instructions=SHORT))
    state.load(script("function f() while true do end end function g() end"))
    for function in ("f", "g", "g"):
        with pytest.raises(ScriptLimitError) as caught:
            state.call(function)
        assert caught.value is state.stopped


def test_a_call_is_counted_anew(script: WriteScript, lua: str) -> None:
    """
    Instructions of one call do not count for the next.
    """
    state = LuaState(lua, limits=Limits(call_instructions=SHORT))
    state.load(script("function f() for i = 1, 30000 do end end"))
    for _ in range(20):
        assert state.call("f") == ("nil", None)


def test_no_limits(script: WriteScript) -> None:
    """
    Without limits a script may take as much as it likes.
    """
    state = LuaState(limits=NO_LIMITS)
    state.load(script("for i = 1, 3e6 do end local t = {} for i = 1, 1e5 do t[i] = {} end"))

    assert state.stopped is None


def test_meter() -> None:
    """
    Time and amounts are counted by transaction; one may lie within another.
    """
    now = [0.0]
    meter = Meter(Limits(call_seconds=5, transaction_seconds=8, http_requests=2), clock=lambda: now[0])
    meter.transaction = 1
    meter.begin_call()
    now[0] += 4
    meter.check_time()
    assert meter.seconds_left() == 1
    meter.end_call()
    meter.charge("http_requests", 2)
    meter.transaction = 2
    meter.charge("http_requests", 2)
    meter.transaction = 1
    meter.begin_call()
    now[0] += 4
    with pytest.raises(LimitReached) as late:
        meter.check_time()
    meter.end_call()
    with pytest.raises(LimitReached) as many:
        meter.charge("http_requests", 1)
    meter.forget(1)
    meter.charge("http_requests", 2)

    assert (late.value.limit, late.value.spent) == ("transaction_seconds", 8)
    assert (many.value.limit, many.value.spent, many.value.allowed) == ("http_requests", 3, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call_seconds=0.5", ("call_seconds", 0.5)),
        ("memory_bytes=64M", ("memory_bytes", 64 * 1024 * 1024)),
        ("output_bytes=10k", ("output_bytes", 10240)),
        ("http_requests=none", ("http_requests", None)),
        ("call_instructions=1000000", ("call_instructions", 1_000_000)),
    ],
)
def test_words(text: str, expected: tuple[str, float | None]) -> None:
    """
    A limit can be written as text.
    """
    assert limit_value(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seconds=5", "there is no limit 'seconds'; there are call_seconds, "),
        ("call_seconds", "'call_seconds' is not call_seconds=NUMBER"),
        ("call_seconds=nan", "'call_seconds=nan' is not"),
        ("http_requests=1.5", "is not http_requests=NUMBER"),
        ("http_requests=5M", "is not"),
        ("memory_bytes=0", "is not"),
        ("memory_bytes=5X", "is not"),
    ],
)
def test_bad_words(text: str, says: str) -> None:
    """
    What is no limit is refused with what would be one.
    """
    with pytest.raises(UsageError) as caught:
        limit_value(text)
    assert says in str(caught.value)


@pytest.mark.parametrize("value", [0, -1, "5", True, float("nan"), float("inf")])
def test_bad_limits(value: Any) -> None:
    """
    A limit is a positive number.
    """
    with pytest.raises(UsageError, match="the limit call_seconds is a number above 0"):
        Limits(call_seconds=value)
