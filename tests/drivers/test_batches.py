"""
Calls that are made without leaving Lua in between are told as if each had been made alone.
"""

from __future__ import annotations

from typing import Any

from luahost.effects import Call, Log, Print
from luahost.events import Event, FlagsSet, MessageExpunge, MessageNew
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


def test_each_has_its_own(session: OpenSession) -> None:
    """
    Of many messages each handler gets its own: with and without a subject, with text that is no UTF-8,
    flags and keywords of other numbers; and what is told of the calls is the same.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e) "
        "print(e.uid, e.subject, e.snippet, #e.flags, #e.keywords) end "
        "function dovecot_lua_notify_event_flags_set(_, e) print(e.uid, e.flags, #e.keywords_set) end "
    )
    place: dict[str, Any] = {"mailbox": "INBOX", "uid_validity": 1}
    running.notify(
        MessageNew(uid=1, subject="one", snippet="a", **place),
        MessageNew(uid=2, subject=None, snippet="b\udcff", **place),
        MessageNew(uid=3, subject="", snippet="c", flags=("\\Seen", "\\Flagged"), **place),
        MessageNew(uid=4, subject="four", keywords=("x", "y"), **place),
        FlagsSet(uid=1, flags=("\\Seen",), **place),
        FlagsSet(uid=2, flags=("\\Seen",), **place),
        FlagsSet(uid=3, keywords=("x",), **place),
        MessageNew(uid=5, subject="five", **place),
    )

    assert running.printed == [
        "1\tone\ta\t0\t0",
        "2\tnil\tb\udcff\t0\t0",
        "3\t\tc\t2\t0",
        "4\tfour\t\t0\t2",
        "1\t8\t0",
        "2\t8\t0",
        "3\t0\t1",
        "5\tfive\t\t0\t0",
        "end",
    ]
    seen = [call.event for call in running.effects.of(Call) if call.event is not None]
    assert [event["uid"] for event in seen] == [1, 2, 3, 4, 1, 2, 3, 5]
    assert "subject" not in seen[1]
    assert seen[2]["flags"] == ("\\Flagged", "\\Seen")
    assert (seen[6]["flags"], seen[6]["keywords_set"]) == (0, ("x",))


def test_begin_sees_what_was_before(session: OpenSession) -> None:
    """
    What happened has come to be when the first handler is called, and not when the transaction begins.
    """
    running = session(
        "local user function dovecot_lua_notify_begin_txn(u) user = u look('begin') end "
        "function look(when) local box = user:mailbox('INBOX') "
        "print(when, box:status(dovecot.storage.STATUS_MESSAGES).messages) box:free() end "
        "function dovecot_lua_notify_event_message_new() look('new') end "
        "function dovecot_lua_notify_end_txn() look('end') end"
    )
    running.notify(new(1), new(2))

    assert running.printed == ["begin\t0", "new\t2", "new\t2", "end\t2"]


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


def test_events_of_all_kinds_in_turn(session: OpenSession) -> None:
    """
    Whatever follows whatever, each handler gets what is its event's own, and what only some have in common.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e) "
        "print('new', e.uid, e.subject, table.concat(e.keywords, ',')) end "
        "function dovecot_lua_notify_event_flags_set(_, e) "
        "print('set', e.mailbox, e.uid, e.keywords_set[1]) end "
        "function dovecot_lua_notify_event_message_expunge(_, e) print('gone', e.mailbox, e.uid) end"
    )
    events: list[Event] = []
    expected = []
    for uid in range(1, 401):
        words = tuple(f"k{uid}-{number}" for number in range(uid % 3))
        events.append(MessageNew(mailbox="INBOX", uid=uid, uid_validity=1, subject=f"s{uid}", keywords=words))
        expected.append(f"> new\t{uid}\ts{uid}\t{','.join(words)}".strip())
        events.append(
            FlagsSet(mailbox=f"M{uid % 2}", uid=uid, uid_validity=1, keywords=("a", "b")[uid % 2 :])
        )
        expected.append(f"> set\tM{uid % 2}\t{uid}\t{'ab'[uid % 2]}")
        if uid % 5 == 0:
            events.append(MessageExpunge(mailbox="INBOX", uid=uid, uid_validity=1))
            expected.append(f"> gone\tINBOX\t{uid}")
    running.notify(*events)
    assert [line for line in told(running) if line.startswith("> ")] == [*expected, "> end"]


def test_debug_that_changes_between_handlers(session: OpenSession) -> None:
    """
    What a handler puts in the place of ``debug.traceback`` counts from the next call on.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(_, e)\n"
        "if e.uid == 2 then debug.traceback = function(m) return 'mine: ' .. m end end "
        "if e.uid == 4 then debug = { traceback = function(m) return 'other: ' .. m end } end\n"
        "error(e.subject, 0) end"
    )
    running.notify(*(new(uid, f"s{uid}") for uid in range(1, 6)))

    failures = [effect.failure.message for effect in running.effects.of(Log) if effect.failure]
    assert failures == ["s1", "s2", "mine: s3", "mine: s4", "other: s5"]


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
