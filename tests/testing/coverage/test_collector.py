"""
Coverage is collected from real sessions, in this process and in workers, on every Lua.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from luahost.errors import UsageError
from luahost.events import MailboxCreate, MessageNew
from luahost.host import Host
from luahost.runtime import LUA_VERSIONS, Limits
from luahost.testing.coverage import Coverage, FileReport, report
from luahost.testing.coverage.table import table
from luahost.testing.endpoint import Endpoint, Fault
from luahost.testing.endpoint.answers import FAULTS
from tests import tiers
from tests.conftest import WriteScript

BOTH_ENDS = "function dovecot_lua_notify_begin_txn() end\nfunction dovecot_lua_notify_end_txn() end\n"
NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tiers.both(metafunc)


def run(coverage: Coverage, script: str, *events: Any, **how: Any) -> None:
    """
    A session of these events.
    """
    with Host(script, http="deny", trusted=True, coverage=coverage, **how).session("bob") as session:
        session.notify(*(events or [NEW]))


def only(coverage: Coverage) -> FileReport:
    """
    The report of the one file.
    """
    (file,) = report(coverage).files
    return file


def missing(coverage: Coverage) -> list[int]:
    """
    The lines of the one file that did not run.
    """
    return [line for line, ran in only(coverage).lines.items() if not ran]


BRANCHES = (
    BOTH_ENDS
    + """\
local function never()
  return 1
end
function dovecot_lua_notify_event_message_new(ctx, event)
  if event.uid > 5 then
    print("large")
  elseif event.uid == 1 then
    for i = 1, 100 do
      ctx = i
    end
  else
    error("neither")
  end
end
"""
)


def test_lines_and_functions(script: WriteScript, lua: str, isolate: bool) -> None:
    """
    Lines that ran and functions that were called are known, and the others.
    """
    coverage = Coverage()

    run(coverage, script(BRANCHES), lua=lua, isolate=isolate)

    assert missing(coverage) == [4, 8, 14]
    assert [(f.name, bool(f.ran)) for f in only(coverage).functions] == [
        ("dovecot_lua_notify_begin_txn", True),
        ("dovecot_lua_notify_end_txn", True),
        ("never", False),
        ("dovecot_lua_notify_event_message_new", True),
    ]


def test_sessions_add_up(script: WriteScript, isolate: bool) -> None:
    """
    What a later session runs is added, whatever the first one has seen.
    """
    coverage, path = Coverage(), script(BRANCHES)
    run(coverage, path, isolate=isolate)

    run(coverage, path, MessageNew(mailbox="INBOX", uid=9, uid_validity=7), isolate=isolate)

    assert missing(coverage) == [4, 14]


def test_dialects_are_merged(script: WriteScript) -> None:
    """
    A line that ran in one dialect has run, and the report knows in which.
    """
    path = script(
        BOTH_ENDS
        + "function script_init(settings)\n  if settings then\n    print(1)\n  end\n  return 0\nend\n"
        "function dovecot_lua_notify_event_message_new() end\n"
    )
    coverage = Coverage()

    for dialect in ("2.3", "2.4"):
        run(coverage, path, dialect=dialect)

    assert missing(coverage) == []
    assert only(coverage).lines[4] == ("2.3", "2.4")
    assert only(coverage).lines[5] == ("2.4",)


def test_modules_and_coroutines(script: WriteScript, lua: str, isolate: bool) -> None:
    """
    A module that the script requires is measured, and what runs in coroutines.
    """
    script(
        "local m = {}\nfunction m.ran()\n  return 1\nend\nfunction m.idle()\n  return 2\nend\nreturn m\n",
        "own.lua",
    )
    path = script(
        "local own = require('own')\n"
        + BOTH_ENDS
        + """\
function dovecot_lua_notify_event_message_new()
  local made = coroutine.create(function()
    own.ran()
    coroutine.yield()
    print("never")
  end)
  coroutine.resume(made)
  local wrapped = coroutine.wrap(function()
    coroutine.yield(2)
  end)
  assert(wrapped() == 2)
end
"""
    )
    coverage = Coverage()

    run(coverage, path, lua=lua, isolate=isolate)

    own, push = report(coverage).files
    assert (Path(own.path).name, own.missing) == ("own.lua", [(6, 6)])
    assert (Path(push.path).name, push.missing) == ("push.lua", [(8, 8)])


@pytest.mark.parametrize("lua", ["5.1", "5.4", "luajit"])
def test_without_a_sandbox(script: WriteScript, lua: str) -> None:
    """
    A script under the policy ``dovecot`` is measured too, in its coroutines as well.
    """
    path = script(
        BOTH_ENDS
        + """\
function dovecot_lua_notify_event_message_new()
  local co = coroutine.wrap(function()
    coroutine.yield(1)
    print("never")
  end)
  co()
  assert(not pcall(coroutine.wrap, 1))
  assert(not pcall(coroutine.wrap(error), "a"))
end
"""
    )
    coverage = Coverage()

    run(coverage, path, lua=lua, policy="dovecot")

    assert only(coverage).missing == [(6, 6)]


@pytest.mark.parametrize("lua", LUA_VERSIONS)
@pytest.mark.parametrize("body", ["while true do end", "while true do\n local x = 1\n x = x + 1\n end"])
def test_a_loop_is_stopped_all_the_same(script: WriteScript, lua: str, body: str) -> None:
    """
    An endless loop does not get away from the limits because its lines are watched.
    """
    path = script(BOTH_ENDS + f"function dovecot_lua_notify_event_message_new()\n {body}\nend\n")
    host = Host(
        path,
        lua=lua,
        trusted=True,
        coverage=Coverage(),
        limits=Limits(call_instructions=1_000_000, call_seconds=60),
    )

    with host.session("bob") as session:
        session.notify(NEW)

    (failure,) = session.effects.failures
    assert (failure.limit, failure.line in (4, 5, 6)) == ("call_instructions", True)


@pytest.mark.parametrize("lua", ["5.1", "5.4"])
def test_effects_are_the_same(script: WriteScript, lua: str) -> None:
    """
    A script does the same whether it is watched or not: errors have the same words, places and tracebacks.
    """
    path = script(
        BOTH_ENDS
        + """\
function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info(require("json").encode({ uid = event.uid }))
  print(select(2, pcall(dovecot.i_error, {})), debug.traceback("here"))
  return dovecot.i_error({})
end
"""
    )

    plain, watched = (
        Host(path, lua=lua, trusted=True, coverage=coverage).session("bob") for coverage in (None, Coverage())
    )
    for session in (plain, watched):
        with session:
            session.notify(NEW)

    assert list(watched.effects) == list(plain.effects)
    assert plain.effects.failures


def test_text_that_a_script_loads_is_not_its_file(script: WriteScript) -> None:
    """
    What ``load`` makes is no line of a file, even under the name of one.
    """
    path = script(
        BOTH_ENDS
        + "function dovecot_lua_notify_event_message_new()\n"
        + "  load('x = 1\\n\\n\\n\\n\\nx = 2', '@other.lua')()\n"
        + "  if x == 3 then\n    print(x)\n  end\nend\n"
    )
    coverage = Coverage()

    run(coverage, path)

    assert only(coverage).missing == [(6, 6)]


def test_events_and_endings(script: WriteScript) -> None:
    """
    Counted are the events that reached a handler, and the requests that ended without success, by how.
    """
    path = script(
        BOTH_ENDS
        + "function dovecot_lua_notify_event_message_new()\n"
        + "  require('socket.http').request('http://push.example/')\nend\n"
    )
    heard: list[str] = []
    coverage = Coverage()

    run(
        coverage,
        path,
        NEW,
        NEW,
        MailboxCreate(mailbox="Work"),
        listener=lambda effect: heard.append(effect.kind),
    )

    found = report(coverage)
    assert {name: count for name, count in found.events.items() if count} == {"MessageNew": 2}
    assert found.endings == {"refused by policy": 2}
    assert heard.count("http") == 2


def test_merge(script: WriteScript) -> None:
    """
    What several processes have seen can be handed over as plain values, and becomes one.
    """
    path = script(BRANCHES)
    first, second = Coverage(), Coverage()
    run(first, path)
    run(second, path, MessageNew(mailbox="INBOX", uid=9, uid_validity=7), dialect="2.3")

    first.merge(Coverage.from_plain(second.to_plain()))

    assert missing(first) == [4, 14]
    assert report(first).dialects == ("2.3", "documented")
    assert report(first).events["MessageNew"] == 2


def test_a_file_that_changes(script: WriteScript) -> None:
    """
    When a script has changed, what ran of its old text counts no more.
    """
    coverage = Coverage()
    run(coverage, script(BRANCHES))

    run(coverage, script(BRANCHES.replace("uid == 1", "uid == 2")))

    assert missing(coverage) == [4, 8, 10, 11]


def test_foreign_values() -> None:
    """
    What another version has measured is refused.
    """
    with pytest.raises(UsageError, match="measure again"):
        Coverage.from_plain({"format": "luahost coverage 0"})


def test_faults(script: WriteScript) -> None:
    """
    Which faults of the endpoint double a test had is known when it says so.
    """
    path = script(
        BOTH_ENDS
        + "function dovecot_lua_notify_event_message_new()\n"
        + "  require('socket.http').request('http://push.example/')\nend\n"
    )
    endpoint = Endpoint()
    endpoint.route("*", "*", Fault("reset"))
    coverage = Coverage()
    with Host(path, network=endpoint, coverage=coverage).session("bob") as session:
        session.notify(NEW)

    coverage.add_faults(endpoint.faults)

    assert {name for name, count in report(coverage).faults.items() if count} == {"reset"}
    assert f"faults of the endpoint: 1 of {len(FAULTS)}: reset" in table(report(coverage))
