"""
``LuaState`` by itself: the seam between Python and Lua.
"""

from __future__ import annotations

import pytest

from luahost.errors import ScriptError, ScriptLoadError, UsageError
from luahost.runtime import LUA_VERSIONS, LuaState
from tests.conftest import WriteScript

NAMES = {"5.1": "Lua 5.1", "5.2": "Lua 5.2", "5.3": "Lua 5.3", "5.4": "Lua 5.4", "5.5": "Lua 5.5"}


def loaded(path: str, lua: str) -> LuaState:
    """
    A state with this script.
    """
    state = LuaState(lua)
    state.load(path)
    return state


def test_versions(script: WriteScript, lua: str) -> None:
    """
    Each name of ``--lua`` is that Lua; LuaJIT is a 5.1.
    """
    state = loaded(script("function version() return _VERSION end"), lua)

    assert state.call("version") == ("string", NAMES.get(lua, "Lua 5.1").encode())


def test_unknown_version() -> None:
    """
    Asking for a Lua that does not exist says which do.
    """
    with pytest.raises(UsageError, match=", ".join(LUA_VERSIONS)):
        LuaState("5.0")


def test_has(script: WriteScript, lua: str) -> None:
    """
    Only functions of the script's own globals count.
    """
    path = script(
        "function there() end number = 5 callable = setmetatable({}, { __call = print }) "
        "setmetatable(_G, { __index = function() return print end })"
    )
    state = loaded(path, lua)

    assert [state.has(name) for name in ("there", "number", "callable", "nosuch", "print")] == [
        True,
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("", ("nil", None)),
        ("return nil", ("nil", None)),
        ("return 5, 6", ("number", 5)),
        ("return 'x'", ("string", b"x")),
        ("return false", ("boolean", False)),
        ("return {}", ("table", None)),
        ("return print", ("function", None)),
        ("return coroutine.create(print)", ("thread", None)),
    ],
)
def test_call(script: WriteScript, body: str, answer: tuple[str, object], lua: str) -> None:
    """
    A call gives the type of the first result, and the result if it is plain.
    """
    assert loaded(script(f"function f() {body} end"), lua).call("f") == answer


def test_call_raises(script: WriteScript, lua: str) -> None:
    """
    An error of the script is a ScriptError with its place and traceback.
    """
    path = script("\nfunction f() error('boom') end")
    state = loaded(path, lua)

    with pytest.raises(ScriptError) as caught:
        state.call("f")
    error = caught.value
    assert (error.message, error.file, error.line) == (f"{path}:2: boom", path, 2)
    assert error.traceback is not None
    assert error.text == f"{error.message}\n{error.traceback}"


@pytest.mark.parametrize(
    ("text", "step"), [("x = = 1", "lua_load"), ("error('boom')", "lua_pcall"), (None, "access")]
)
def test_load_raises(script: WriteScript, text: str | None, step: str, lua: str) -> None:
    """
    A script that cannot be loaded says at which of Dovecot's steps.
    """
    path = script(text or "") + ("" if text else ".gone")

    with pytest.raises(ScriptLoadError) as caught:
        LuaState(lua).load(path)
    assert (caught.value.step, caught.value.file) == (step, path)


def test_environment(script: WriteScript, lua: str) -> None:
    """
    ``os.getenv`` knows what the state was given, and not the process's own variables.
    """
    state = LuaState(lua, environment={"push_lua_url": "http://\udcff/"})
    state.load(
        script("function f() return os.getenv('push_lua_url') end function g() return os.getenv('PATH') end")
    )

    assert state.call("f") == ("string", b"http://\xff/")
    assert state.call("g") == ("nil", None)


def test_prepared(script: WriteScript) -> None:
    """
    Who prepares a state says what its ``print`` does; globals that come later are refused.
    """
    printed: list[bytes] = []

    def prepare(state: LuaState) -> None:
        state.printed = printed.append

    state = LuaState(prepare=prepare)
    state.load(script("print('heard')"))

    assert printed == [b"heard\n"]
    with pytest.raises(RuntimeError, match="dovecot comes too late"):
        state.define("dovecot", "dovecot")


def test_preparing_fails() -> None:
    """
    What goes wrong while a state is prepared comes out as it is, and the state's engine is not used again.
    """
    engines = []

    def prepare(state: LuaState) -> None:
        engines.append(state._engine)
        raise LookupError("no half")

    with pytest.raises(LookupError, match="no half"):
        LuaState(prepare=prepare)
    state = LuaState()
    assert state._engine not in engines
    state.close()


def test_no_such_entry() -> None:
    """
    A name that a chunk does not offer is luahost's own mistake.
    """
    with pytest.raises(RuntimeError, match="has no function nosuch"):
        LuaState().entry(None, "nosuch")


def test_sessions_share_a_text(script: WriteScript) -> None:
    """
    Sessions that live at once have one text of a script between them, until the file says something else.
    """
    first, second, third = LuaState(), LuaState(), LuaState()
    path = script("-- as it was")
    first.load(path)
    second.load(path)
    script("-- as it is")
    third.load(path)

    assert first.source(path) is second.source(path)
    assert (first.source(path), third.source(path)) == (b"-- as it was", b"-- as it is")
    for state in (first, second, third):
        state.close()
