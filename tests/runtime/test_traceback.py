"""
Tracebacks: the script's frames, Dovecot's functions as C functions, and nothing of luahost.
"""

from __future__ import annotations

import pytest

from luahost.errors import ScriptError, ScriptLoadError
from luahost.events import MessageNew
from luahost.runtime import Limits, LuaState
from tests.conftest import OpenSession, WriteScript

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)

NEIGHBOUR = """local neighbour = {}
function neighbour.fail(call)
  call()
  return 1
end
function neighbour.traceback()
  return (debug.traceback("here"))
end
return neighbour
"""

FAILING = {
    "error": "error('boom')",
    "error without a place": "error('boom', 0)",
    "error of the caller": "local function f() error('boom', 2) end f()",
    "nil": "error(nil)",
    "index": "local x = nil; x = x.y",
    "call": "nosuch()",
    "assert": "assert(false, 'boom')",
    "log function": "dovecot.i_info(nil)",
    "wrong count": "dovecot.i_info()",
    "event method": "dovecot.event():add_int('k', 'x')",
    "passthrough": "local p = dovecot.event():passthrough_event() p:log_info('x') p:log_info('y')",
    "user method": "user:mailbox({})",
    "mailbox method": "user:mailbox('INBOX'):status(nil)",
    "missing mailbox": "user:mailbox('nosuch'):sync()",
    "missing mailbox status": "local s = user:mailbox('nosuch'):status(1) return s",
    "metadata": "user:metadata_set('/nowhere', 'x')",
    "metadata of nowhere": "local x = user:metadata_get('/nowhere') return x",
    "bad mailbox name": "local m = user:mailbox('\\255') return m",
    "comparison": "local x = user < user return x",
    "tostring": "tostring(setmetatable({}, getmetatable(user)))",
    "restricted write": "dovecot.restrict_global_variables(true) undefined = 1",
    "restricted read": "dovecot.restrict_global_variables(true) local x = undefined return x",
    "exit": "os.exit()",
    "missing module": "require('nosuch')",
    "bad module name": "require(nil)",
    "broken module": "require('broken')",
    "raising module": "require('raising')",
    "in a neighbour": "require('neighbour').fail(error)",
    "through a neighbour": "require('neighbour').fail(function() dovecot.i_info(nil) end)",
    "wrapped coroutine": "coroutine.wrap(function() error('boom') end)()",
    "Dovecot in a coroutine": "coroutine.wrap(function() dovecot.i_info(nil) end)()",
    "sort": "table.sort({ 2, 1, 3 }, function() error('boom') end)",
    "gsub": "('x'):gsub('x', function() dovecot.i_info(nil) end)",
    "metamethod": "local x = setmetatable({}, { __index = function() error('boom') end }).x return x",
    "tostring metamethod": "print(setmetatable({}, { __tostring = function() error('boom') end }))",
    "loaded text": "assert((loadstring or load)('error(\"boom\")', '=loaded'))()",
    "loaded reader": "assert(load(function() error('boom') end))",
    "after pcall": "pcall(error, 'first') error('boom')",
    "in pcall, again": "local _, e = pcall(dovecot.i_info, nil) error(e)",
    "in xpcall, again": "local _, e = xpcall(function() dovecot.i_info(nil) end, debug.traceback) error(e)",
    "deep": "local function f(n) if n == 0 then error('boom') end f(n - 1) return n end f(50)",
}


@pytest.mark.parametrize("case", FAILING)
def test_failing(session: OpenSession, script: WriteScript, case: str, lua: str) -> None:
    """
    However a handler fails, no frame of luahost's is seen, and the script's file and line are known.
    """
    script(NEIGHBOUR, "neighbour.lua")
    script("x = = 1", "broken.lua")
    script("\n\nerror('boom')", "raising.lua")
    running = session(
        "function dovecot_lua_notify_begin_txn(user) return user end\n"
        "function dovecot_lua_notify_end_txn() end\n"
        f"function dovecot_lua_notify_event_message_new(ctx, event, user) {FAILING[case]} end",
        lua=lua,
    )
    running.notify(NEW)
    failure = running.failure

    assert "luahost/lua" not in running.log[0]
    assert "runtime" not in running.log[0]
    assert failure.traceback is not None
    assert failure.traceback.startswith("stack traceback:\n\t")
    assert failure.file is not None
    if case not in ("raising module", "in a neighbour", "loaded text"):
        assert failure.file.endswith("/push.lua")
        assert failure.line == 3
    assert f"{failure.file}:{failure.line}: in " in failure.traceback
    assert "tail call" not in failure.traceback


def test_tail_call(session: OpenSession, lua: str) -> None:
    """
    A tail call of luahost's function takes the script's line off the stack, but in 5.4; its file is known all
    the same.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn(user) return user:mailbox('nosuch'):sync() end "
        "function dovecot_lua_notify_event_message_new() end",
        lua=lua,
    )
    running.notify(NEW)

    assert "luahost/lua" not in running.log[0]
    assert running.failure.message == "mailbox_sync(nosuch) failed: Mailbox doesn't exist: nosuch"
    assert running.failure.line == (1 if lua == "5.4" else None)
    assert running.failure.file is not None
    assert running.failure.file.endswith("/push.lua")


EXACT = {
    "error": ["[C]: in function 'error'", "{push}:3: in function {name}"],
    "log function": ["[C]: in field 'i_info'", "{push}:3: in function {name}"],
    "event method": ["[C]: in method 'add_int'", "{push}:3: in function {name}"],
    "missing mailbox": ["[C]: in method 'sync'", "{push}:3: in function {name}"],
    "index": ["{push}:3: in function {name}"],
    "in a neighbour": [
        "[C]: in function 'error'",
        "{folder}/neighbour.lua:3: in function 'neighbour.fail'",
        "{push}:3: in function {name}",
    ],
    "restricted write": ["[C]: in metamethod 'newindex'", "{push}:3: in function {name}"],
    "exit": ["[C]: in function 'os.exit'", "{push}:3: in function {name}"],
}


@pytest.mark.parametrize("case", EXACT)
def test_exactly_as_in_dovecot(session: OpenSession, script: WriteScript, case: str) -> None:
    """
    On Lua 5.4, Debian's, a traceback is what Dovecot logs.
    """
    script(NEIGHBOUR, "neighbour.lua")
    path = script("")
    running = session(
        "function dovecot_lua_notify_begin_txn() end\n"
        "function dovecot_lua_notify_end_txn() end\n"
        f"function dovecot_lua_notify_event_message_new(ctx, event, user) {FAILING[case]} end",
        lua="5.4",
    )
    running.notify(NEW)

    name = "'dovecot_lua_notify_event_message_new'"
    folder = path.removesuffix("/push.lua")
    lines = [line.format(push=path, folder=folder, name=name) for line in EXACT[case]]
    assert running.failure.traceback == "\n\t".join(("stack traceback:", *lines))


def test_a_long_traceback_ends_with_the_scripts_first_function(session: OpenSession) -> None:
    """
    Of a deep recursion Lua shows the innermost ten levels and the outermost eleven; luahost's do not count.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end\n"
        "local function f(n)\n  if n == 0 then error('boom') end\n  f(n - 1)\n  return n\nend\n"
        "function dovecot_lua_notify_event_message_new()\n  f(50)\nend"
    )
    running.notify(NEW)

    inner = [":3: in upvalue 'f'", *[":4: in upvalue 'f'"] * 8]
    outer = [":4: in upvalue 'f'"] * 10
    last = ":8: in function 'dovecot_lua_notify_event_message_new'"
    lines = [
        line[line.find("push.lua") + len("push.lua") :] if "push.lua" in line else line
        for line in (running.failure.traceback or "").split("\n\t")
    ]
    assert lines == [
        "stack traceback:",
        "[C]: in function 'error'",
        *inner,
        "...\t(skipping 32 levels)",
        *outer,
        last,
    ]


@pytest.mark.parametrize("lua", ["5.2", "5.3", "5.5"])
def test_a_long_traceback_in_other_versions(session: OpenSession, lua: str) -> None:
    """
    The same, by each version's own numbers.
    """
    running = session(
        "local function f(n)\n  if n == 0 then error('boom') end\n  f(n - 1)\n  return n\nend\n"
        "function script_init()\n  f(50)\nend",
        lua=lua,
    )

    first, *lines = (running.failure.traceback or "").split("\n\t")
    assert first == "stack traceback:"
    assert "push.lua:7: in function" in lines[-1]
    assert "luahost" not in (running.failure.traceback or "")
    assert any(line.startswith("...") for line in lines)
    assert 20 <= len(lines) <= 23


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("script_init", "function script_init() error('boom') end"),
        ("script_deinit", "function script_deinit() error('boom') end"),
        (None, "error('boom')"),
    ],
)
def test_outside_of_transactions(session: OpenSession, function: str | None, call: str, lua: str) -> None:
    """
    The same holds while the script is loaded, starts and ends.
    """
    running = session(call, lua=lua)
    running.close()

    assert "luahost/lua" not in running.log[0]
    assert (running.failure.function, running.failure.line) == (function, 1)


TRACES = [
    "debug.traceback()",
    "debug.traceback('text')",
    "debug.traceback('text', 1)",
    "debug.traceback('text', 0)",
    "debug.traceback(5)",
    "(function() return (debug.traceback()) end)()",
    "coroutine.wrap(function() return (debug.traceback()) end)()",
    "coroutine.wrap(function() return (debug.traceback('text')) end)()",
    "require('neighbour').traceback()",
    "select(2, xpcall(function() error('boom') end, debug.traceback))",
    "select(2, xpcall(function() dovecot.i_info(nil) end, debug.traceback))",
    "select(2, xpcall(function() user:mailbox('x'):sync() end, function(t) return debug.traceback(t) end))",
    "select(2, pcall(function() return (debug.traceback()) end))",
    "tostring(setmetatable({}, { __tostring = function() return (debug.traceback()) end }))",
]


@pytest.mark.parametrize("expression", TRACES)
def test_own_traceback(session: OpenSession, script: WriteScript, expression: str, lua: str) -> None:
    """
    A script that asks for a traceback itself sees its own frames and none of luahost's.
    """
    script(NEIGHBOUR, "neighbour.lua")
    running = session(
        "function dovecot_lua_notify_begin_txn(user) return user end "
        "function dovecot_lua_notify_end_txn() end "
        f"function dovecot_lua_notify_event_message_new(user) print({expression}) end",
        lua=lua,
    )
    running.notify(NEW)
    (printed,) = running.printed

    assert "stack traceback:\n" in printed
    assert "/push" in printed
    assert "luahost/lua" not in printed


def test_own_traceback_exactly(session: OpenSession, script: WriteScript) -> None:
    """
    Levels count from the function that asks, as in Lua itself.
    """
    path = script("")
    running = session(
        "local function ask(level) return (debug.traceback('text', level)) end\n"
        "local function outer(level) return (ask(level)) end\n"
        "print(outer()) print(outer(1)) print(outer(2)) print(outer(3)) print(outer(0))",
        lua="5.4",
    )
    ask = f"\n\t{path}:1: in upvalue 'ask'"
    outer = f"\n\t{path}:2: in local 'outer'"
    chunk = f"\n\t{path}:3: in main chunk"
    text = "text\nstack traceback:"

    assert running.printed == [
        text + ask + outer + chunk,
        text + ask + outer + chunk,
        text + outer + chunk,
        text + chunk,
        text + "\n\t[C]: in function 'debug.traceback'" + ask + outer + chunk,
    ]


@pytest.mark.parametrize("value", ["{}", "true", "print"])
def test_traceback_of_no_text(session: OpenSession, value: str, lua: str) -> None:
    """
    A message that is no text comes back as it is.
    """
    running = session(f"local value = {value} print(rawequal(debug.traceback(value), value))", lua=lua)

    assert running.printed == ["true"]


def test_traceback_of_a_coroutine(session: OpenSession, lua: str) -> None:
    """
    The traceback of a coroutine has the frames in which it waits.
    """
    running = session(
        "local thread = coroutine.create(function()\ncoroutine.yield()\nend) coroutine.resume(thread)\n"
        "print(debug.traceback(thread)) print(debug.traceback(thread, 'text')) "
        "print(debug.traceback(thread, nil, 1))",
        lua=lua,
    )

    plain, with_text, from_one = running.printed
    assert "push.lua:2: in " in plain
    assert with_text == f"text\n{plain}"
    assert "yield" not in from_one


@pytest.mark.parametrize("lua", ["5.1", "luajit"])
def test_no_name_of_luahosts_is_given_to_a_script_function(script: WriteScript, lua: str) -> None:
    """
    Where Lua knows no global names, a function called by the host has none, as when C calls it.
    """
    path = script("function f2()\n  error('boom')\nend")
    state = LuaState(lua)
    state.load(path)

    with pytest.raises(ScriptError) as caught:
        state.call("f2")
    assert (caught.value.traceback or "").splitlines()[-1] == f"\t{path}:2: in function <{path}:1>"


@pytest.mark.parametrize("depth", [1, 50])
def test_a_long_path(script: WriteScript, lua: str, depth: int) -> None:
    """
    The dots with which Lua shortens a long path are not those with which it leaves out levels.
    """
    text = (
        "local function f(n)\n  if n == 1 then error('boom') end\n  f(n - 1)\n  return n\nend\n"
        f"function run()\n  f({depth})\nend"
    )
    path = script(text, f"{'7' * 60}/push.lua")
    state = LuaState(lua)
    state.load(path)

    with pytest.raises(ScriptError) as caught:
        state.call("run")

    first, *lines = (caught.value.traceback or "").split("\n\t")
    assert first == "stack traceback:"
    assert lines[0].startswith("[C]: in ")
    frames = [line for line in lines[1:] if "/push.lua:" in line]
    assert all(line.startswith("...7777") for line in frames)
    assert ["/push.lua:2:" in line for line in frames] == [True] + [False] * (len(frames) - 1)
    assert "/push.lua:7:" in frames[-1]
    if depth == 1:
        assert len(lines) == 3
    else:
        assert len(lines) == len(frames) + 2


def test_overflow_is_the_first_error(script: WriteScript, lua: str) -> None:
    """
    An engine's first error is told with its place also where C functions are nested as deeply as can be.
    """
    path = script(
        "local function f(n) if n == 0 then error('x') end table.sort({ 2, 1 }, function() f(n - 1) end) end"
        "\nf(198)"
    )
    state = LuaState(lua, limits=Limits(memory_bytes=33_000_001))
    with pytest.raises(ScriptLoadError) as caught:
        state.load(path)

    assert (caught.value.file, caught.value.line) == (path, 1)
    assert caught.value.traceback is not None
