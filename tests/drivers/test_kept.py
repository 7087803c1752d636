"""
Users and mailboxes that outlive their transaction: in Dovecot the process dies when the session ends.
"""

from __future__ import annotations

import pytest

from luahost.effects import Call, ProcessKilled
from luahost.events import MailboxCreate
from tests.conftest import OpenSession
from tests.core_session import CoreSession

CREATE = MailboxCreate(mailbox="Work")

BEGIN = "function dovecot_lua_notify_begin_txn(user) "
END = (
    " end function dovecot_lua_notify_end_txn() end "
    "function dovecot_lua_notify_event_mailbox_create(ctx, event) "
)
DEINIT = " end function script_deinit() end"

USER, MAILBOX = "a mail_user is still held", "mailbox INBOX, not freed, is still held"

KEPT = {
    "user in a global": (BEGIN + "kept = user" + END + DEINIT, f"{USER} by the global kept"),
    "user in a global's table": (BEGIN + "cache = { user }" + END + DEINIT, f"{USER} by the global cache"),
    "context in a global": (
        BEGIN + "return { user = user }" + END + "context = ctx" + DEINIT,
        f"{USER} by the global context",
    ),
    "user in an upvalue": (
        "local kept " + BEGIN + "kept = user" + END + DEINIT,
        f"{USER} by an upvalue or a table",
    ),
    "mailbox in a global": (
        BEGIN + "return user" + END + "box = ctx:mailbox('INBOX') box:sync()" + DEINIT,
        f"{MAILBOX} by the global box",
    ),
    "released too late": (
        BEGIN + "kept = user" + END + " end function script_deinit() kept = nil collectgarbage() end",
        f"{USER} by the global kept",
    ),
}

HARMLESS = {
    "user in the context": BEGIN + "return { user = user }" + END + DEINIT,
    "mailbox never freed": BEGIN + "return user" + END + "ctx:mailbox('INBOX'):sync()" + DEINIT,
    "mailbox in the context": BEGIN + "return { u = user }" + END + "ctx.m = ctx.u:mailbox('INBOX')" + DEINIT,
    "freed mailbox in a global": (
        BEGIN + "return user" + END + "box = ctx:mailbox('INBOX') box:free()" + DEINIT
    ),
    "method in a global": BEGIN + "method = user.mailbox" + END + DEINIT,
    "event in a global": BEGIN + END + "kept, mine = event.name, dovecot.event()" + DEINIT,
    "released in time": BEGIN + "kept = user" + END + "kept = nil" + DEINIT,
}


def killed(session: CoreSession) -> list[str]:
    """
    The reasons, without what all end with.
    """
    ending = "; this kills the process in Dovecot"
    return [effect.reason.removesuffix(ending) for effect in session.effects.of(ProcessKilled)]


@pytest.mark.parametrize("case", KEPT)
def test_kept(session: OpenSession, case: str, lua: str) -> None:
    """
    The end of the session says what is held by what, and script_deinit is not called any more.
    """
    text, words = KEPT[case]
    running = session(text, lua=lua)
    running.notify(CREATE)
    assert killed(running) == []
    running.close()

    assert killed(running) == [f"{words} when the session ends"]
    assert "script_deinit" not in [call.function for call in running.effects.of(Call)]
    assert running.effects.failed


@pytest.mark.parametrize("case", HARMLESS)
def test_harmless(session: OpenSession, case: str, lua: str) -> None:
    """
    What the collection after end_txn takes away, or what holds no user, does no harm.
    """
    running = session(HARMLESS[case], lua=lua)
    running.notify(CREATE)
    running.close()

    assert killed(running) == []
    assert not running.effects.failed
    assert "script_deinit" in [call.function for call in running.effects.of(Call)]


def test_debug_taken_away(session: OpenSession, lua: str) -> None:
    """
    Without the table debug Dovecot dies at the next call; here it is told once.
    """
    running = session(f"{BEGIN}{END}{DEINIT} debug = nil", lua=lua)
    running.notify(CREATE)
    running.close()

    assert killed(running) == [
        "the global debug is no table, where Dovecot looks for debug.traceback before each call"
    ]


def test_begin_error(session: OpenSession, lua: str) -> None:
    """
    An error in begin_txn leaves its user behind.
    """
    running = session(BEGIN + "error('boom')" + END + DEINIT, lua=lua)
    running.notify(CREATE)
    running.close()

    assert killed(running) == [
        "an error in dovecot_lua_notify_begin_txn left a mail_user behind, and no later transaction ended"
    ]


def test_begin_error_and_a_good_transaction(session: OpenSession, lua: str) -> None:
    """
    The end of a later transaction takes the user away.
    """
    running = session("n = 0 " + BEGIN + "n = n + 1 if n == 1 then error('boom') end" + END + DEINIT, lua=lua)
    running.notify(CREATE)
    running.notify(CREATE)
    running.close()

    assert killed(running) == []
