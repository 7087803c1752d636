"""
Scripts that call themselves without end.
"""

from __future__ import annotations

from luahost.events import MailboxCreate, MessageNew
from luahost.runtime import DEFAULT_LUA
from tests.conftest import OpenSession

SCRIPT = """
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn(_, success) print('end', success) end
function dovecot_lua_notify_event_message_new() print('new') end
local function f(x) {variables} return 1 + f(x) end
function dovecot_lua_notify_event_mailbox_create() f(1) end
"""

# With so many variables in a function, Lua has a full stack after some ten thousand levels; without, after a
# quarter of a million, along which Lua looks for the last of them again and again.
VARIABLES = "local " + ", ".join(f"v{number}" for number in range(20)) + " = x"


def overflows(session: OpenSession, lua: str, variables: str) -> None:
    """
    A function that calls itself without end fails, and the session goes on.
    """
    running = session(SCRIPT.format(variables=variables), lua=lua)
    running.notify(MailboxCreate(mailbox="Work"), MessageNew(mailbox="INBOX", uid=1, uid_validity=7))

    assert "stack overflow" in running.failure.message
    assert running.printed == ["new", "end\ttrue"]


def test_stack_overflow(session: OpenSession, lua: str) -> None:
    """
    A function without end is stopped by Lua, and the session goes on.
    """
    overflows(session, lua, VARIABLES)


def test_stack_of_very_many_levels(session: OpenSession) -> None:
    """
    So is one that needs little for each call.
    """
    overflows(session, DEFAULT_LUA, "")
