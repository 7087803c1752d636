"""
What the driver tells Dovecot's statistics with debugging on: an event for each call of a function.
"""

from __future__ import annotations

import pytest

from luahost.effects import Log, NamedEvent, Value
from luahost.events import FlagsClear, FlagsSet, MailboxCreate, MessageNew
from tests.conftest import OpenSession

NEW = MessageNew(mailbox="INBOX", uid=7, uid_validity=1)
BEGIN, END, HANDLER = (f"dovecot_lua_notify_{name}" for name in ("begin_txn", "end_txn", "event_message_new"))


def script(*, begin: str = "return {}", handler: str = "", end: str = "") -> str:
    """
    A script with one handler; bodies can be given.
    """
    return f"function {BEGIN}() {begin} end\nfunction {END}() {end} end\nfunction {HANDLER}() {handler} end"


def told(session: OpenSession, text: str, *events: MessageNew) -> list[dict[str, Value]]:
    """
    The fields of the driver's events while the script hears of these.
    """
    running = session(text, debug=True)
    running.notify(*events or (NEW,))
    return [
        dict(event.fields)
        for event in running.effects.of(NamedEvent)
        if event.name == "push_notification_lua_call_finished"
    ]


def test_each_call(session: OpenSession) -> None:
    """
    Each call is told with what it was about.
    """
    assert told(session, script()) == [
        {"function_name": BEGIN},
        {"function_name": HANDLER, "event_name": "MessageNew", "mailbox": "INBOX", "uid": 7},
        {"function_name": END},
    ]


def test_mailbox_events_have_no_uid(session: OpenSession) -> None:
    """
    Of a mailbox there is its name only.
    """
    running = session(script() + "\nfunction dovecot_lua_notify_event_mailbox_create() end", debug=True)
    running.notify(MailboxCreate(mailbox="Work"))

    [_, handler, _, _] = running.effects.of(NamedEvent)
    assert handler.fields == {
        "function_name": "dovecot_lua_notify_event_mailbox_create",
        "event_name": "MailboxCreate",
        "mailbox": "Work",
    }


@pytest.mark.parametrize("function", [HANDLER, END])
def test_failures(session: OpenSession, function: str) -> None:
    """
    What failed has the error as it is logged, without the prefix and with the traceback.
    """
    fails = {HANDLER: "handler", END: "end"}[function]

    *_, failed = (
        fields for fields in told(session, script(**{fails: "error('boom', 0)"})) if "error" in fields
    )
    assert failed["function_name"] == function
    assert str(failed["error"]).startswith(f"lua_pcall({function}, 2, 0) failed: boom\nstack traceback:\n")


def test_begin_that_fails(session: OpenSession) -> None:
    """
    After a begin_txn that failed nothing more is told of the driver.
    """
    [begin] = told(session, script(begin="error('boom', 0)"))

    assert str(begin["error"]).startswith(f"lua_pcall({BEGIN}, 1, 1) failed: boom\n")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {"function_name": BEGIN, "error": f"Missing function {BEGIN}"}),
        (f"function {BEGIN}() end", {"function_name": BEGIN}),
    ],
    ids=["no begin_txn", "no handlers"],
)
def test_what_is_not_called(session: OpenSession, text: str, fields: dict[str, Value]) -> None:
    """
    A missing begin_txn is an error; a script without handlers is told of like a good call.
    """
    assert told(session, text) == [fields]


def test_missing_end(session: OpenSession) -> None:
    """
    A missing end_txn is told of without its error.
    """
    text = f"function {BEGIN}() end function {HANDLER}() end"

    assert told(session, text)[-1] == {"function_name": END}


def test_a_handler_that_has_vanished(session: OpenSession) -> None:
    """
    Dovecot says that it calls the function before it sees that there is none.
    """
    flags_set = "dovecot_lua_notify_event_flags_set"
    running = session(
        script()
        + f"\nfunction {flags_set}() end"
        + f"\nfunction dovecot_lua_notify_event_flags_clear() {flags_set} = nil end",
        debug=True,
    )
    running.notify(
        FlagsClear(mailbox="INBOX", uid=1, uid_validity=1), FlagsSet(mailbox="INBOX", uid=1, uid_validity=1)
    )

    words = f"'{flags_set}' is not a function"
    lines = [log.text for log in running.effects.of(Log)]
    at = lines.index(f"lua: {words}")
    assert lines[at - 1] == f"lua: Calling {flags_set}(ctx, event[name=FlagsSet,mailbox=INBOX,uid=1])"
    [failed] = [event for event in running.effects.of(NamedEvent) if "error" in event.fields]
    assert failed.fields["event_name"] == "FlagsSet"
    assert failed.fields["error"] == words


def test_order(session: OpenSession) -> None:
    """
    The statistics hear of a call before the log does.
    """
    running = session(script(), debug=True)
    running.notify(NEW)

    before = [
        (effect, after)
        for effect, after in zip(running.effects, running.effects[1:], strict=False)
        if isinstance(effect, NamedEvent)
    ]
    assert [after.text for _, after in before if isinstance(after, Log)] == [
        f"lua: Called {BEGIN}",
        f"lua: Called {HANDLER}",
        f"lua: Called {END}",
        "push-notification: Push notification transaction completed",
    ]


def test_nothing_without_debugging(session: OpenSession) -> None:
    """
    Without debugging there are the script's own events only.
    """
    running = session(script(handler="dovecot.event():set_name('own'):log_info('')"))
    running.notify(NEW)

    assert [(event.name, event.source) for event in running.effects.of(NamedEvent)] == [("own", "script")]
