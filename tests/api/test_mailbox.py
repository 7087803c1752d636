"""
Mailbox objects: names, open, close, sync, free, and how they behave as Lua values.
"""

from __future__ import annotations

import pytest

from luahost.effects import MailboxCall
from luahost.events import MailboxCreate, MessageNew
from luahost.runtime import LUA_VERSIONS
from luahost.store import MemoryStore
from tests.conftest import Evaluate, OpenSession

NAMES = [
    ("'INBOX'", "INBOX", "INBOX"),
    ("'inbox'", "INBOX", "INBOX"),
    ("'InBox'", "INBOX", "INBOX"),
    ("'Work/Sub'", "Work/Sub", "Work.Sub"),
    ("'nosuch'", "nosuch", "nosuch"),
    ("''", "", ""),
    ("'/lead'", "/lead", ".lead"),
    ("'trail/'", "trail/", "trail."),
    ("'a//b'", "a//b", "a..b"),
    ("'..'", "..", ".."),
    ("'INBOX/child'", "INBOX/child", "INBOX.child"),
    ("'Inbox/child'", "INBOX/child", "INBOX.child"),
    ("'inbox/'", "INBOX/", "INBOX."),
    ("'inboxes'", "inboxes", "inboxes"),
    ("'P\\195\\164iv'", "P\\xc3\\xa4iv", "P&AOQ-iv"),
    ("'P&AOQ-iv'", "P&AOQ-iv", "P&-AOQ-iv"),
    ("'a\\0b'", "a", "a"),
    ("5", "5", "5"),
]


@pytest.mark.parametrize(("given", "vname", "name"), NAMES)
def test_names(evaluate: Evaluate, given: str, vname: str, name: str, lua: str) -> None:
    """
    Any name makes an object, with the name as users see it and the one in storage.
    """
    statements = f"local m = user:mailbox({given}) return m.vname, m.name, tostring(m)"

    assert evaluate(statements, lua=lua) == f'"{vname}", "{name}", "{vname}"'


@pytest.mark.parametrize(
    "flags",
    [
        "0",
        "1",
        "'1'",
        "1.0",
        "-1",
        "dovecot.storage.MAILBOX_FLAG_READONLY",
        "dovecot.storage.MAILBOX_FLAG_READONLY + dovecot.storage.MAILBOX_FLAG_DROP_RECENT",
    ],
)
def test_flags(evaluate: Evaluate, flags: str) -> None:
    """
    Flags are any integer.
    """
    assert evaluate(f"return user:mailbox('INBOX', {flags}).vname") == '"INBOX"'


@pytest.mark.parametrize(
    ("operands", "words"),
    [
        ("", "expected 2 arguments, got 0"),
        ("m, m, m", "expected 2 arguments, got 3"),
        ("m, 5", "Bad argument #2, expected struct mailbox got number"),
        ("5, m", "Bad argument #1, expected struct mailbox got number"),
    ],
)
def test_comparison_checks_both(evaluate: Evaluate, operands: str, words: str) -> None:
    """
    Who calls the metamethod by itself may give it anything.
    """
    statements = f"local m = user:mailbox('INBOX') getmetatable(m).__eq({operands})"

    assert evaluate(statements) == f"error: {words}"


MISSING = {
    "nosuch": "Mailbox doesn't exist: nosuch",
    "": "Invalid mailbox name: Name is empty",
    "a//b": "Invalid mailbox name: Has adjacent hierarchy separators",
}


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.parametrize(
    ("call", "failed"),
    [
        ("open()", "mailbox_open({})"),
        ("sync()", "mailbox_sync({})"),
        ("sync(1)", "mailbox_sync({})"),
        ("status(1)", "mailbox_get_status({}, 1)"),
        ("status(1, 16)", "mailbox_get_status({}, 17)"),
    ],
)
def test_missing(evaluate: Evaluate, name: str, call: str, failed: str) -> None:
    """
    A mailbox that is not there fails at its first use, in Dovecot's words.
    """
    words = f"{failed.format(name)} failed: {MISSING[name]}"

    assert evaluate(f"local m = user:mailbox('{name}') m:{call}") == f"error: {words}"


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_missing_everywhere(evaluate: Evaluate, lua: str) -> None:
    """
    Every Lua version gets the same words, and goes on with the same object.
    """
    statements = "local m = user:mailbox('nosuch') local _, words = pcall(m.open, m) m:close() m:free()"

    assert evaluate(f"{statements} return words, m.vname", lua=lua) == (
        '"mailbox_open(nosuch) failed: Mailbox doesn\'t exist: nosuch", "nosuch"'
    )


@pytest.mark.parametrize(
    "calls",
    [
        "m:open()",
        "m:sync()",
        "m:open() m:open()",
        "m:open() m:close() m:open()",
        "m:close()",
        "m:close() m:close()",
        "m:sync() m:close() m:sync()",
        "m:status(1) m:close() m:status(1)",
        "m:free() m:free()",
        "m:sync(dovecot.storage.MAILBOX_SYNC_FLAG_FULL_READ)",
    ],
)
def test_any_order(evaluate: Evaluate, calls: str) -> None:
    """
    Opening and closing may be repeated; sync and status open by themselves.
    """
    assert evaluate(f"local m = user:mailbox('INBOX') {calls} return m.vname, m.name") == '"INBOX", "INBOX"'


@pytest.mark.parametrize("method", ["open", "close", "sync", "free"])
def test_no_results(evaluate: Evaluate, method: str, lua: str) -> None:
    """
    These methods return nothing at all.
    """
    statements = f"local m = user:mailbox('INBOX') return select('#', m:{method}())"

    assert evaluate(statements, lua=lua) == "0"


def test_effects(session: OpenSession) -> None:
    """
    Each call is an effect; a failed one has the error, freeing twice is one.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn(user) local m = user:mailbox('INBOX') "
        "m:open() m:sync() m:close() m:free() m:free() "
        "m = user:mailbox('nosuch') pcall(m.open, m) pcall(m.sync, m) pcall(m.status, m, 1) end "
        "function dovecot_lua_notify_event_mailbox_create() end"
    )
    running.rollback(MailboxCreate(mailbox="Work"))
    missing = "failed: Mailbox doesn't exist: nosuch"

    assert running.effects.of(MailboxCall) == [
        *(
            MailboxCall(mailbox="INBOX", method=method, transaction=1)
            for method in ("open", "sync", "close", "free")
        ),
        MailboxCall(mailbox="nosuch", method="open", error=f"mailbox_open(nosuch) {missing}", transaction=1),
        MailboxCall(mailbox="nosuch", method="sync", error=f"mailbox_sync(nosuch) {missing}", transaction=1),
        MailboxCall(
            mailbox="nosuch",
            method="status",
            error=f"mailbox_get_status(nosuch, 1) {missing}",
            transaction=1,
        ),
    ]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("m == m, m ~= m", "true, false"),
        ("m == user:mailbox('inbox')", "true"),
        ("m == user:mailbox('Work')", "false"),
        ("m == 5, m == 'INBOX', m == nil", "false, false, false"),
        ("getmetatable(m).__name", '"struct mailbox"'),
        ("m.nosuch", "nil"),
        ("m.attribute", "nil"),
        ("#m", "0"),
    ],
)
def test_value(evaluate: Evaluate, expression: str, shown: str, lua: str) -> None:
    """
    A mailbox is a table that shows as its name; two are the same if their names are.
    """
    assert evaluate(f"local m = user:mailbox('INBOX') return {expression}", lua=lua) == shown


def test_writing_changes_nothing(evaluate: Evaluate) -> None:
    """
    Its names are the script's copy; the object stays what it is.
    """
    statements = "local m = user:mailbox('INBOX') m.vname = 'nosuch' m:sync() return m.vname, tostring(m)"

    assert evaluate(statements) == '"nosuch", "INBOX"'


def test_sees_what_was_committed(session: OpenSession) -> None:
    """
    ``begin_txn`` sees the mailbox before the commit, handlers and ``end_txn`` after it.
    """
    running = session(
        "local function count(user) local m = user:mailbox('INBOX') print(m:status(1).messages) end "
        "function dovecot_lua_notify_begin_txn(user) count(user) return user end "
        "function dovecot_lua_notify_event_message_new(user) count(user) end "
        "function dovecot_lua_notify_end_txn(user) count(user) end",
        store=MemoryStore(),
    )
    running.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
    running.rollback(MessageNew(mailbox="INBOX", uid=2, uid_validity=1))

    assert running.printed == ["0", "1", "1", "1", "1"]


WRONG_NAMES = {
    "": "Invalid mailbox name: Name is empty",
    "a//b": "Invalid mailbox name: Has adjacent hierarchy separators",
    "/a": "Invalid mailbox name: Begins with hierarchy separator",
    "a/": "Invalid mailbox name: Ends with hierarchy separator",
    "~a": "Invalid mailbox name: Begins with '~'",
    "a.b": "Character not allowed in mailbox name: '.'",
    "../a": "Character not allowed in mailbox name: '.'",
    "x*y%": "Mailbox doesn't exist: x*y%",
}


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_names_that_cannot_be(evaluate: Evaluate, name: str) -> None:
    """
    Such a mailbox is made without complaint, and its first use says what is wrong.
    """
    words = WRONG_NAMES[name]
    shown = evaluate(f"local m = user:mailbox('{name}') m:open()")

    assert shown == f"error: mailbox_open({name}) failed: {words}"


@pytest.mark.parametrize(("flags", "shown"), [("0", "31, 31, true, true"), ("1", "0, 31, false, false")])
def test_read_only(evaluate: Evaluate, flags: str, shown: str, lua: str) -> None:
    """
    A mailbox that was opened read-only has flags, and none that can be kept.
    """
    statements = (
        f"local m = user:mailbox('INBOX', {flags}) local s = m:status(512) "
        "return s.permanent_flags, s.flags, s.permanent_keywords, s.allow_new_keywords"
    )

    assert evaluate(statements, lua=lua) == shown
