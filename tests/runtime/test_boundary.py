"""
The boundary: plain values cross, and nothing else; no way leads from a script into Python.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost.events import MessageNew
from luahost.runtime import LUA_VERSIONS, LuaFault, Plain
from tests.conftest import Evaluate, OpenSession, WriteScript
from tests.core_session import CoreSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)

# Walks everything that can be reached, calling what is safe to call without arguments, and prints the
# path of each value that Lua itself would not have, or that has a name of Python's.
WALK = """
local plain = { ["nil"] = true, boolean = true, number = true, string = true, table = true,
  ["function"] = true, thread = true }
local seen, queue, visited = {}, {}, 0
local function push(path, value)
  if type(value) == "userdata" and getmetatable(value) == false then
    return  -- the empty userdata that stand for Dovecot's pointers
  elseif not plain[type(value)] then
    print(path, type(value))
  elseif (type(value) == "table" or type(value) == "function") and not seen[value] then
    seen[value] = true
    queue[#queue + 1] = { path, value }
  end
end
local function push_all(path, ...)
  for i = 1, select("#", ...) do
    push(path .. "#" .. i, (select(i, ...)))
  end
end
local names = { python = true, lupa = true, luahost = true, __builtins__ = true, __class__ = true }
local sharp = { error = true, exit = true, collectgarbage = true, setmetatable = true }
local function walk()
  local at = 1
  while queue[at] do
    local path, value = queue[at][1], queue[at][2]
    at, visited = at + 1, visited + 1
    if type(value) == "table" then
      push(path .. ".metatable", getmetatable(value))
      for key, item in next, value do
        if names[key] then
          print(path, key)
        end
        push(path .. "." .. tostring(key), item)
      end
    elseif not sharp[path:match("[^.]*$")] and not path:find("dovecot_lua_notify") then
      push_all(path .. "()", pcall(value))
      push_all(path .. "(x)", pcall(value, "x"))
      push_all(path .. "({})", pcall(value, {}))
    end
  end
end
function dovecot_lua_notify_begin_txn(user)
  push("_G", _G)
  push("''", getmetatable(""))
  for _, value in ipairs { 1, true, print, coroutine.create(print) } do
    push("metatable of " .. type(value), getmetatable(value))
  end
  push("user", user)
  push("mailbox", user:mailbox("INBOX"))
  local event = dovecot.event()
  push("event", event)
  push("passthrough", event:passthrough_event():log_info(""))
  push("error", select(2, pcall(dovecot.i_info)))
  return { user }
end
function dovecot_lua_notify_event_message_new(ctx, event)
  push("ctx", ctx)
  push("fields", event)
  push("status", event.user:mailbox("INBOX"):status(-1))
end
function dovecot_lua_notify_end_txn(ctx)
  walk()
  print(visited > 150)
end
"""


def test_nothing_of_python_in_reach(session: OpenSession, lua: str) -> None:
    """
    Whatever a script finds, calls and looks into is of Lua's own types.
    """
    running = session(WALK, lua=lua)
    running.notify(NEW)

    walked = [line for line in running.printed if "\t" in line or line in ("true", "false")]
    assert walked == ["true"]
    assert running.effects.failures == []


ABSENT = [
    "python",
    "io",
    "ffi",
    "jit",
    "dofile",
    "loadfile",
    "getfenv",
    "setfenv",
    "module",
    "newproxy",
    "debug.getinfo",
    "debug.sethook",
    "debug.getregistry",
    "debug.getupvalue",
    "debug.setmetatable",
    "os.execute",
    "os.remove",
    "os.rename",
    "os.tmpname",
    "os.setlocale",
    "string.dump",
    "package.loadlib",
    "package.cpath",
    "package.searchers",
    "package.loaders",
    "package.searchpath",
    "package.seeall",
]


def test_absent(evaluate: Evaluate, lua: str) -> None:
    """
    What leads out of the script is not there.
    """
    found = evaluate(f"return {', '.join(ABSENT)}", lua=lua).split(", ")

    assert dict(zip(ABSENT, found, strict=True)) == dict.fromkeys(ABSENT, "nil")


def test_no_require_of_it(evaluate: Evaluate, lua: str) -> None:
    """
    Nor can it be required.
    """
    names = "'python', 'lupa', 'lupa.lua54', 'ffi', 'jit', 'io', 'debug.getinfo'"
    loop = f"for _, name in ipairs {{ {names} }} do if pcall(require, name) then return name end end"

    assert evaluate(loop, lua=lua) == ""


class OwnFault(Exception):
    """
    A host function's own failure.
    """


FAULTS = [OwnFault("broken"), OSError("broken"), KeyboardInterrupt(), SystemExit(3), MemoryError()]

CATCHING = [
    "dovecot.i_info('x')",
    "pcall(dovecot.i_info, 'x')",
    "pcall(pcall, dovecot.i_info, 'x')",
    "xpcall(function() dovecot.i_info('x') end, print)",
    "coroutine.wrap(function() dovecot.i_info('x') end)()",
    "coroutine.resume(coroutine.create(function() dovecot.i_info('x') end))",
    "setmetatable({}, { __index = function() dovecot.i_info('x') end }):x()",
    "table.sort({ 2, 1 }, function() dovecot.i_info('x') end)",
    "while not pcall(dovecot.i_info, 'x') do tries = (tries or 0) + 1 if tries > 3 then break end end",
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("statement", CATCHING)
def test_faults_come_out(session: OpenSession, fault: BaseException, statement: str) -> None:
    """
    A fault in a host function comes out in Python as it is, whatever the script catches.
    """
    handler = f"function dovecot_lua_notify_event_message_new() {statement} end"
    running = session(HANDLERS + handler, **broken(fault))

    with pytest.raises(type(fault)) as caught:
        running.notify(NEW)
    assert caught.value is fault


@pytest.mark.parametrize("fault", [OwnFault("broken"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    "text",
    [
        "pcall(dovecot.i_info, 'x')",
        "function script_init() pcall(dovecot.i_info, 'x') return 0 end",
        "error(dovecot.i_info('x'))",
        "x = = 1 ",
    ],
)
def test_faults_while_loading(session: OpenSession, text: str, fault: BaseException, lua: str) -> None:
    """
    The same holds while the script is loaded.
    """
    if text.startswith("x"):
        assert not session(text, lua=lua, **broken(fault)).loaded
        return
    with pytest.raises(type(fault)) as caught:
        session(text, lua=lua, **broken(fault))
    assert caught.value is fault


def test_faults_are_not_seen_twice(session: OpenSession, lua: str) -> None:
    """
    A fault that has come out is over: the session can be closed.
    """
    running = session(
        HANDLERS + "function dovecot_lua_notify_event_message_new() dovecot.i_info('x') end "
        "function script_deinit() print('deinit') end",
        lua=lua,
        **broken(OwnFault("broken")),
    )
    with pytest.raises(OwnFault):
        running.notify(NEW)
    running.close()

    assert running.printed == ["deinit"]


HANDLERS = "function dovecot_lua_notify_begin_txn() end function dovecot_lua_notify_end_txn() end "


def broken(fault: BaseException) -> dict[str, Any]:
    """
    Options of a session in which the log function raises.
    """

    def log(level: bytes, line: bytes) -> None:
        raise fault

    return {"host_functions": {"dovecot": {"log": log}}}


def test_lua_fault(session: OpenSession, lua: str) -> None:
    """
    A host function raises a Lua error of its own words by LuaFault, which a script can catch.
    """

    def log(level: bytes, line: bytes) -> None:
        raise LuaFault("no log \udcff today")

    running = session("print(pcall(dovecot.i_info, 'x'))", lua=lua, host_functions={"dovecot": {"log": log}})

    assert running.printed == ["false\tno log \udcff today"]


VALUES: list[Plain] = [None, True, False, 0, -1, 2**31, 2**53, 0.5, b"", b"\0", b"\xff\xfe", b"x" * 2**20]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:12])
def test_values_cross(script: WriteScript, lua: str, value: Plain) -> None:
    """
    A plain value comes back from Lua as it went, of the same type.
    """
    assert same(crossed(script, lua, value), value)


@pytest.mark.parametrize("version", LUA_VERSIONS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.binary() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.booleans())
def test_any_value_crosses(script: WriteScript, version: str, value: Plain) -> None:
    """
    So does any other.
    """
    assert same(crossed(script, version, value), value)


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 2**53 + 1])
def test_big_integers_cross(script: WriteScript, lua: str, value: int) -> None:
    """
    Where Lua has integers of 64 bits, none of them is rounded.
    """
    assert same(crossed(script, lua, value), value)


def same(found: Plain, value: Plain) -> bool:
    """
    Whether both are equal, True not being 1. Before Lua 5.3 an integral float is an integer.
    """
    return found == value and isinstance(found, bool) == isinstance(value, bool)


def crossed(script: WriteScript, lua: str, value: Plain) -> Plain:
    """
    A value that a host function gives to a script, which returns it.
    """
    path = script("function back() return dovecot.set_flag(1, 2) end")
    functions = {"dovecot": {"set_flag": lambda *_: value}}
    running = CoreSession(path, lua=lua, host_functions=functions)
    assert running.state is not None
    _, found = running.state.call("back")
    return found
