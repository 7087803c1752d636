"""
What Dovecot's driver becomes when a script is stopped: a log line, and a fresh start in the next transaction.
"""

from __future__ import annotations

import re

import pytest

from luahost import Host
from luahost.drivers import DriverEntry
from luahost.effects import Call, Http, Log, NamedEvent, Print
from luahost.errors import UsageError
from luahost.events import MessageNew
from luahost.runtime import Limits
from tests.conftest import OpenSession, WriteScript
from tests.core_session import CoreSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="hello")
SPIN = MessageNew(mailbox="INBOX", uid=2, uid_validity=7, subject="spin")

SCRIPT = """
local loads = 0
function script_init() loads = loads + 1 print("init", loads) return 0 end
function script_deinit() print("deinit") end
function dovecot_lua_notify_begin_txn() return { n = 0 } end
function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.n = ctx.n + 1
  print(event.subject, ctx.n)
  if event.subject == "spin" then
    while true do pcall(function() while true do end end) end
  end
end
function dovecot_lua_notify_end_txn(ctx, ok) print("end", ctx.n) end
"""

LIMITS = Limits(call_instructions=100_000)


def errors(running: CoreSession) -> list[str]:
    """
    The first lines of the error lines, without the script's folder.
    """
    lines = [log.text.split("\n")[0] for log in running.effects.of(Log) if log.level == "error"]
    return [re.sub(r"/\S*/push\.lua", "push.lua", line) for line in lines]


def test_stopped_in_a_handler(session: OpenSession, lua: str) -> None:
    """
    The line names limit and place; neither later handlers nor end_txn nor script_deinit are called, and the
    next transaction loads the script anew.
    """
    running = session(SCRIPT, lua=lua, limits=LIMITS)
    running.notify(NEW, SPIN, NEW)
    running.notify(NEW)
    running.close()

    assert running.printed == ["init\t1", "hello\t1", "spin\t2", "init\t1", "hello\t1", "end\t1", "deinit"]
    assert errors(running) == [
        "lua: lua_pcall(dovecot_lua_notify_event_message_new, 2, 0) failed: push.lua:10: "
        "luahost stopped the script: it used 110000 instructions in one call; "
        "the limit is call_instructions=100000"
    ]
    failure = running.failure
    assert (failure.limit, failure.line) == ("call_instructions", 10)
    assert failure.function == "dovecot_lua_notify_event_message_new"
    assert failure.source == "    while true do pcall(function() while true do end end) end"


def test_stopped_for_the_session(session: OpenSession) -> None:
    """
    Without another transaction nothing more is called.
    """
    running = session(SCRIPT, limits=LIMITS)
    running.notify(SPIN)
    running.close()

    assert running.printed == ["init\t1", "spin\t1"]


def test_every_transaction_may_be_stopped(session: OpenSession) -> None:
    """
    A script that is stopped in each transaction is loaded for each.
    """
    running = session(SCRIPT, limits=LIMITS, debug=True)
    for _ in range(3):
        running.notify(SPIN)

    assert running.printed == ["init\t1", "spin\t1"] * 3
    assert len(errors(running)) == 3
    finished = [event.fields for event in running.effects.of(NamedEvent) if "error" in event.fields]
    assert [fields["function_name"] for fields in finished] == ["dovecot_lua_notify_event_message_new"] * 3


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("while true do end", None),
        ("function script_init() while true do end end", "script_init"),
    ],
)
def test_stopped_while_starting(session: OpenSession, text: str, function: str | None) -> None:
    """
    A script that is stopped while it starts is off for the session, as one that fails there.
    """
    running = session(SCRIPT + text, limits=LIMITS)
    running.notify(NEW)
    running.close()

    assert not running.loaded
    assert running.failure.function == function
    assert running.failure.limit == "call_instructions"
    assert [call.function for call in running.effects.of(Call)] == ([function] if function else [])
    assert running.printed == []


def test_stopped_in_begin_and_end(session: OpenSession) -> None:
    """
    So is one that is stopped in begin_txn or end_txn, for this transaction.
    """
    for function in ("begin_txn", "end_txn"):
        running = session(
            f"{SCRIPT} function dovecot_lua_notify_{function}() while true do end end", limits=LIMITS
        )
        running.notify(NEW)
        running.notify(NEW)
        assert [failure.function for failure in running.effects.failures] == [
            f"dovecot_lua_notify_{function}"
        ] * 2


def test_stopped_in_script_deinit(session: OpenSession) -> None:
    """
    script_deinit may be stopped, too.
    """
    running = session(SCRIPT + "function script_deinit() while true do end end", limits=LIMITS)
    running.notify(NEW)
    running.close()

    assert (running.failure.function, running.failure.limit) == ("script_deinit", "call_instructions")


def test_transactions_that_overlap(session: OpenSession) -> None:
    """
    What the script knew of another open transaction is lost with it, and that is said once.
    """
    running = session(SCRIPT, limits=LIMITS)
    first, second = running.transaction(), running.transaction()
    first.notify(NEW)
    second.notify(SPIN)
    second.commit()
    first.notify(NEW)
    first.commit()
    running.notify(NEW)

    assert running.printed == ["init\t1", "spin\t1", "init\t1", "hello\t1", "end\t1"]
    _, lost = errors(running)
    assert lost.startswith("lua: the script was stopped in another transaction")


def test_within_a_transaction(session: OpenSession) -> None:
    """
    What calls of one transaction use adds up, and the next one begins at nothing.
    """
    running = session(
        SCRIPT.replace(
            "while true do pcall(function() while true do end end) end", "for i = 1, 60000 do end"
        ),
        limits=Limits(call_instructions=100_000, transaction_instructions=200_000),
    )
    running.notify(SPIN, SPIN)
    running.notify(SPIN, SPIN, SPIN, SPIN, SPIN)

    assert running.failure.limit == "transaction_instructions"
    assert running.printed[:4] == ["init\t1", "spin\t1", "spin\t2", "end\t2"]


HANDLER = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new(ctx, event) %s end
"""


def test_http_requests(session: OpenSession) -> None:
    """
    Requests count, refused ones too; the one that is too many is an effect and is not sent.
    """
    many = "for i = 1, 5 do pcall(require('socket.http').request, 'http://x.invalid/' .. i) end"
    running = session(HANDLER % many, limits=Limits(http_requests=3))
    running.notify(NEW)

    requests = running.effects.of(Http)
    assert [request.url[-1] for request in requests] == ["1", "2", "3", "4"]
    assert (requests[3].denied, requests[3].error) == (True, "not sent")
    assert requests[3].refusal == "the limit is http_requests=3"
    assert running.failure.limit == "http_requests"
    assert "it used 4 HTTP requests in one transaction" in running.failure.message


def test_http_bytes(session: OpenSession) -> None:
    """
    Bodies count.
    """
    post = "require('socket.http').request('http://x.invalid/', ('x'):rep(600)) print('sent')"
    running = session(HANDLER % post, limits=Limits(http_bytes=1000))
    running.notify(NEW, NEW)

    assert running.printed == ["sent"]
    assert running.failure.limit == "http_bytes"


@pytest.mark.parametrize(
    "writes",
    [
        "print(('x'):rep(100))",
        "print()",
        "dovecot.i_info(('x'):rep(100))",
        "dovecot.event():set_name('n'):add_str('k', ('x'):rep(100)):log_info('')",
        "ctx:mailbox('INBOX'):close()",
        "pcall(ctx.metadata_set, ctx, '/private/a', ('x'):rep(100))",
    ],
)
def test_output(session: OpenSession, writes: str) -> None:
    """
    Whatever a script leaves in the effects counts.
    """
    running = session(HANDLER % f"while true do {writes} end", limits=Limits(output_bytes=10_000))
    running.notify(NEW)

    assert running.failure.limit == "output_bytes"
    assert len(running.effects) < 60


def test_waiting_is_time(session: OpenSession) -> None:
    """
    A script that waits uses its time as one that works.
    """
    wait = "require('socket').sleep(3600) print('awake')"
    running = session(HANDLER % wait, limits=Limits(call_seconds=0.05))
    running.notify(NEW)

    assert running.printed == []
    assert running.failure.limit == "call_seconds"


def test_other_drivers_go_on(script: WriteScript) -> None:
    """
    A script that is stopped stops no other driver.
    """
    entries = [
        DriverEntry(name="lua", setting=name, options={"file": script(SCRIPT, f"{name}.lua")})
        for name in "ab"
    ]
    script(SCRIPT.replace('== "spin"', '== "never"'), "b.lua")
    with Host(drivers=entries, limits=LIMITS, http="deny").session("bob") as session:
        session.notify(SPIN)

    assert [failure.limit for failure in session.effects.failures] == ["call_instructions"]
    assert [effect.text for effect in session.effects.of(Print) if effect.driver == "b"][-2:] == [
        "end\t1\n",
        "deinit\n",
    ]


def test_the_policy_dovecot_has_no_limits(script: WriteScript) -> None:
    """
    Limits are the sandbox's: with the policy dovecot they are an error of who asks for them.
    """
    path = script("function dovecot_lua_notify_begin_txn() end")

    assert Host(path, policy="dovecot").limits.call_seconds is None
    assert Host(path).limits.call_seconds == 120
    with pytest.raises(UsageError, match="limits hold for sandboxed scripts"):
        Host(path, policy="dovecot", limits=Limits())


@pytest.mark.parametrize("lua", ["5.1", "luajit"])
def test_crashable_versions(script: WriteScript, lua: str) -> None:
    """
    A Lua that a script can crash is for scripts that are trusted, or in a process of their own.
    """
    path = script("function dovecot_lua_notify_begin_txn() end")

    with pytest.raises(UsageError, match=f"a script can crash Lua {lua}.*--isolate.*--trusted"):
        Host(path, lua=lua)
    assert Host(path, lua=lua, trusted=True).lua == lua
    assert Host(path, lua=lua, isolate=True).lua == lua
    assert Host(path, lua=lua, policy="dovecot").lua == lua
