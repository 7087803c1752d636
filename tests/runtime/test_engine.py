"""
An engine is used by one session after the other, and none finds anything of the one before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost import Host, MessageNew
from luahost.errors import ScriptLimitError
from luahost.runtime import Limits, LuaState, script_bytecode
from luahost.runtime.engine import MOST_BYTES, Engine
from tests.conftest import WriteScript

DIRTY = """
function dirty()
  stray = "a global"
  string.gsub, string.hidden = nil, "hidden"
  table.concat, math.pi, os.time, coroutine.wrap, utf8 = nil, nil, nil, nil, nil
  _G.print, _G.pcall, _G.require, _G.type = nil, nil, nil, nil
  package.loaded.hidden, package.preload.hidden = "hidden", function() return "hidden" end
  package.path = "/hidden"
  debug.traceback = nil
  setmetatable(_G, { __index = function() return "hidden" end })
  suspended = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(suspended)
end
"""

LOOK = """
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
function look()
  local found = { tostring(stray), tostring(getmetatable(_G)), tostring(package.loaded.hidden), package.path }
  for _, library in ipairs({ "_G", "string", "table", "math", "os", "coroutine", "package", "debug" }) do
    found[#found + 1] = library .. count(_G[library])
  end
  found[#found + 1] = ("x"):rep(3) .. tostring(("x").hidden) .. tostring(string.gsub ~= nil)
  found[#found + 1] = tostring(pcall(error, "caught"))
  return table.concat(found, " ")
end
"""


def closed_engine(lua: str, script: str, function: str, limits: Limits) -> Engine | None:
    """
    The engine of a session that ran a function of a script and is over.
    """
    state = LuaState(lua, limits=limits)
    state.load(script)
    engine = state._engine
    try:
        state.call(function)
    except ScriptLimitError:
        pass
    finally:
        state.close()
    return engine


def limits_of_its_own(request: pytest.FixtureRequest) -> Limits:
    """
    Limits that no other test has, so that its engines are this test's.
    """
    return Limits(memory_bytes=16 * 1024 * 1024 + hash(request.node.nodeid) % 100_000)


def test_nothing_is_left(script: WriteScript, lua: str, request: pytest.FixtureRequest) -> None:
    """
    Whatever a script does to its globals and libraries, the next session in the engine has fresh ones.
    """
    limits = limits_of_its_own(request)
    look = script(LOOK)
    fresh = LuaState(lua, limits=limits)
    fresh.load(look)
    expected = fresh.call("look")
    engine = fresh._engine
    fresh.close()

    assert closed_engine(lua, script(DIRTY, "dirty.lua"), "dirty", limits) is engine
    again = LuaState(lua, limits=limits)
    again.load(look)

    assert again._engine is engine
    assert again.call("look") == expected


def test_limits_hold_again(script: WriteScript, lua: str, request: pytest.FixtureRequest) -> None:
    """
    In an engine that was used before, a script is stopped as in a fresh one, and its engine is used no more.
    """
    limits = Limits(call_instructions=200_000, memory_bytes=limits_of_its_own(request).memory_bytes)
    path = script("function fine() end function endless() while true do end end")
    first = closed_engine(lua, path, "fine", limits)
    state = LuaState(lua, limits=limits)
    state.load(path)

    with pytest.raises(ScriptLimitError, match="call_instructions"):
        state.call("endless")
    struck = state._engine
    state.close()

    assert struck is first
    keep = [LuaState(lua, limits=limits) for _ in range(3)]
    assert struck not in [one._engine for one in keep]
    for one in keep:
        one.close()


def test_much_memory_is_given_back(script: WriteScript, request: pytest.FixtureRequest) -> None:
    """
    An engine whose session held much memory is not kept.
    """
    limits = Limits(memory_bytes=limits_of_its_own(request).memory_bytes)
    state = LuaState(limits=limits)
    state.load(script(f"held = ('x'):rep({MOST_BYTES // 2}) .. 'y' more = held .. 'z'"))
    engine = state._engine
    state.close()

    next_one = LuaState(limits=limits)

    assert next_one._engine is not engine
    next_one.close()


def test_what_sessions_leave_does_not_grow(script: WriteScript, request: pytest.FixtureRequest) -> None:
    """
    However many sessions an engine has had, what they have left is collected: also what was old by their end.
    """
    path = script(
        "function dovecot_lua_notify_begin_txn(user) return user end"
        " function dovecot_lua_notify_event_message_new(user, event) end"
        " function dovecot_lua_notify_end_txn(user, success) end"
    )
    host = Host(path, limits=limits_of_its_own(request))
    message = MessageNew(mailbox="INBOX", uid=1, uid_validity=1)
    held = []
    for _ in range(60):
        with host.session("bob") as session:
            session.notify(message)
            (state,) = session.states
            engine = state._engine
        assert engine is not None
        held.append(engine.runtime.get_memory_used())

    assert max(held[30:]) < 1.2 * max(held[:30])


def test_random_numbers_differ(script: WriteScript, request: pytest.FixtureRequest) -> None:
    """
    The next session in an engine draws other random numbers, as Lua 5.4 seeds itself by chance.
    """
    limits = limits_of_its_own(request)
    path = script("function draw() return math.random(2^53) end")
    drawn = set()
    for _ in range(4):
        state = LuaState(limits=limits)
        state.load(path)
        drawn.add(state.call("draw")[1])
        state.close()

    assert len(drawn) == 4


def test_closed(script: WriteScript, request: pytest.FixtureRequest) -> None:
    """
    A state that was closed cannot be called, whoever has its engine now; its source can still be shown.
    """
    limits = limits_of_its_own(request)
    path = script("function fine() end")
    state = LuaState(limits=limits)
    state.load(path)
    state.close()
    other = LuaState(limits=limits)
    other.load(path)

    with pytest.raises(RuntimeError, match="closed"):
        state.call("fine")
    assert state.source_line(path, 1) == "function fine() end"
    other.close()


def test_compiled_once(script: WriteScript, request: pytest.FixtureRequest) -> None:
    """
    A file that was compiled in one engine is not compiled again in the next.
    """
    path = script(f"function dovecot_lua_notify_begin_txn(user) return user end -- {request.node.nodeid}")
    source = Path(path).read_bytes()
    host = Host(path, limits=limits_of_its_own(request))
    with host.session("bob"), host.session("eve"), host.session("joe"):
        number = script_bytecode.number_of(source, f"@{path}".encode())
        assert [key[0] for key in script_bytecode._kept].count(number) == 1


class Impatient(LuaState):
    """
    A state in which a running script asks for the time whenever the hook fires.
    """

    patience_seconds = 0.0


def test_the_hook_comes_at_any_moment(script: WriteScript, lua: str, request: pytest.FixtureRequest) -> None:
    """
    Wherever the hook is due, also between a script's first question and Python's hearing of it, each host
    function answers what it is asked.
    """
    limits = limits_of_its_own(request)
    assert limits.memory_bytes is not None
    for turns in range(9880, 9980):
        ask = f"function ask() for _ = 1, {turns} do end os.getenv('NOBODY') return os.getenv('WHO') end"
        # Each in an engine of its own, where nothing has been asked for.
        of_its_own = Limits(memory_bytes=limits.memory_bytes + 100_000 * (turns - 9000))
        state = Impatient(lua, environment={"WHO": "bob"}, limits=of_its_own)
        state.load(script(ask))
        assert state.call("ask") == ("string", b"bob"), turns
        state.close()
