"""
Calls that are made without leaving Lua in between are told as if each had been made alone.
"""

from __future__ import annotations

from luahost.effects import Call, Log, Print
from luahost.events import MessageExpunge, MessageNew
from luahost.runtime import Limits, Meter
from tests.conftest import OpenSession
from tests.core_session import CoreSession

BEGIN = "function dovecot_lua_notify_begin_txn() return {} end "
END = "function dovecot_lua_notify_end_txn(ctx) print('end') end "


def new(uid: int, subject: str = "") -> MessageNew:
    """
    A delivered message.
    """
    return MessageNew(mailbox="INBOX", uid=uid, uid_validity=1, subject=subject)


def told(running: CoreSession) -> list[str]:
    """
    Calls by the last word of their names and the UID, what is printed, the first lines of errors.
    """
    found = []
    for effect in running.effects:
        if isinstance(effect, Call):
            uid = (effect.event or {}).get("uid")
            found.append(
                effect.function.rpartition("_")[2] + (f" {uid:g}" if isinstance(uid, float | int) else "")
            )
        elif isinstance(effect, Print):
            found.append(f"> {effect.text.strip()}")
        elif isinstance(effect, Log):
            found.append("! " + effect.text.split("\n")[0].rpartition("push.lua:")[2])
    return found


def test_silent_calls(session: OpenSession) -> None:
    """
    What a handler does stands behind its own call, whatever calls before it were silent.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e) "
        "if e.uid == 3 then print(e.subject) end end"
    )
    running.notify(new(1), new(2), new(3, "three"), new(4))

    assert told(running) == ["txn", "new 1", "new 2", "new 3", "> three", "new 4", "txn", "> end"]


def test_failure_in_the_middle(session: OpenSession) -> None:
    """
    A handler that raises is told at once, and those after it are called all the same.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e)\n"
        "if e.uid == 2 or e.uid == 4 then error(e.subject, 0) end end"
    )
    running.notify(new(1), new(2, "two"), new(3), new(4, "four"))

    failures = [effect.failure.message for effect in running.effects.of(Log) if effect.failure]
    assert failures == ["two", "four"]
    order = [effect.kind for effect in running.effects]
    assert order == ["call", "call", "call", "log", "call", "call", "log", "call", "print"]


def test_handler_that_goes_away(session: OpenSession) -> None:
    """
    A handler that another has taken away is an error in its place, and the others are called.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_expunge() end "
        "function dovecot_lua_notify_event_message_new(_, e) "
        "if e.uid == 1 then dovecot_lua_notify_event_message_expunge = nil end end"
    )
    running.notify(new(1), MessageExpunge(mailbox="INBOX", uid=9, uid_validity=1), new(2))

    assert told(running) == [
        "txn",
        "new 1",
        "! lua: 'dovecot_lua_notify_event_message_expunge' is not a function",
        "new 2",
        "txn",
        "> end",
    ]


def test_end_that_goes_away(session: OpenSession) -> None:
    """
    The same of ``end_txn``; the next transaction begins as if nothing had been.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new() dovecot_lua_notify_end_txn = nil end"
    )
    running.notify(new(1))
    running.notify(new(2))

    missing = "! lua: Missing function dovecot_lua_notify_end_txn"
    assert told(running) == ["txn", "new 1", missing, "txn", "new 2", missing]


def test_more_than_cross_at_once(session: OpenSession) -> None:
    """
    However many events there are, each handler is called once, in order.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn() return {} end "
        "function dovecot_lua_notify_event_message_new(ctx, e) ctx[#ctx + 1] = e.subject end "
        "function dovecot_lua_notify_end_txn(ctx) print(table.concat(ctx, ' ')) end"
    )
    running.notify(*(new(uid, f"s{uid}") for uid in range(1, 201)))

    assert running.printed == [" ".join(f"s{uid}" for uid in range(1, 201))]
    assert len(running.effects.of(Call)) == 202


def test_limit_behind_silent_calls(session: OpenSession) -> None:
    """
    A script that is stopped is stopped in the function that used too much, and each has its own share.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e) "
        "for i = 1, e.uid == 4 and 1e9 or 5e4 do end end",
        limits=Limits(call_instructions=200_000),
    )
    running.notify(new(1), new(2), new(3), new(4), new(5))

    assert told(running)[:5] == ["txn", "new 1", "new 2", "new 3", "new 4"]
    assert len(running.effects.of(Call)) == 5
    assert running.failure.limit == "call_instructions"


def test_time_of_each_call() -> None:
    """
    Time counts for the call that runs; that of the transaction goes on.
    """
    now = [0.0]
    meter = Meter(Limits(call_seconds=5, transaction_seconds=9), clock=lambda: now[0])
    meter.transaction = 1
    meter.begin_call()
    now[0] += 4
    meter.next_call()
    now[0] += 4
    meter.check_time()
    assert meter.nearest_time() == ("call_seconds", 4, 5)
    meter.next_call()
    assert meter.nearest_time() == ("transaction_seconds", 8, 9)
    meter.end_call()
