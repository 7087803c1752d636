"""
``mail_user``: its fields, ``plugin_getenv``, and how it behaves as a Lua value.
"""

from __future__ import annotations

import pytest

from luahost.events import MailboxCreate
from luahost.store import MailUser
from tests.conftest import Evaluate, OpenSession

USER = MailUser(
    "bob@example.org",
    home="/srv/bob",
    uid=1001,
    gid=1002,
    service="imap",
    session_id="abc",
    session_create_time=1560000000,
    nonexistent=True,
    mail_debug=True,
)

FIELDS = {
    "username": '"bob@example.org"',
    "home": '"/srv/bob"',
    "uid": "1001",
    "gid": "1002",
    "service": '"imap"',
    "session_id": '"abc"',
    "session_create_time": "1560000000",
    "nonexistent": "true",
    "anonymous": "false",
    "autocreated": "false",
    "mail_debug": "true",
    "fuzzy_search": "false",
    "dsyncing": "false",
    "admin": "false",
    "session_restored": "false",
    "nosuch": "nil",
}


def test_fields(evaluate: Evaluate, lua: str) -> None:
    """
    The fields have Dovecot's names and types, numbers as integers; what does not exist is nil.
    """
    names = ", ".join(f"user.{name}" for name in FIELDS)

    assert evaluate(f"return {names}", user=USER, lua=lua) == ", ".join(FIELDS.values())


def test_nothing_else(evaluate: Evaluate) -> None:
    """
    A user object has these fields, its pointer, and no others.
    """
    statements = "local names = {} for name in pairs(user) do names[#names + 1] = name end table.sort(names)"
    expected = ", ".join(f'"{name}"' for name in sorted([*FIELDS, "item"]) if name != "nosuch")

    assert evaluate(f"{statements} return names", user=USER) == f"{{{expected}}}"


def test_no_session(evaluate: Evaluate) -> None:
    """
    Without a session the field is nil.
    """
    assert evaluate("return user.session_id", user=MailUser("bob", session_id=None)) == "nil"


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("tostring(user), 'is ' .. tostring(user)", '"bob@example.org", "is bob@example.org"'),
        ("user == user, user ~= user", "true, false"),
        ("user == 5, user == 'bob', user == nil", "false, false, false"),
        ("#user", "0"),
        ("getmetatable(user).__name", '"struct mail_user"'),
        ("type(user), type(user.plugin_getenv)", '"table", "function"'),
    ],
)
def test_value(evaluate: Evaluate, expression: str, shown: str, lua: str) -> None:
    """
    A user is a table that shows as its name.
    """
    assert evaluate(f"return {expression}", user=USER, lua=lua) == shown


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
def test_concatenation(evaluate: Evaluate, lua: str) -> None:
    """
    A user is no string; since Lua 5.3 the message has its type's name.
    """
    assert evaluate("return 'x' .. user", lua=lua) == (
        "error: case.lua:1: attempt to concatenate a struct mail_user value (local 'user')"
    )


def test_writing_changes_nothing(evaluate: Evaluate) -> None:
    """
    Fields are the script's copy: they can be written, and nothing else changes.
    """
    statements = "user.username = 'changed' user.mine = 1 return user.username, user.mine, tostring(user)"

    assert evaluate(statements, user=USER) == '"changed", 1, "bob@example.org"'


def test_each_transaction_has_its_own(session: OpenSession) -> None:
    """
    What a script writes into a user is gone with the transaction.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn(user) print(user.mine) user.mine = 1 end "
        "function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_mailbox_create() end"
    )
    for _ in range(2):
        running.notify(MailboxCreate(mailbox="Work"))

    assert running.printed == ["nil", "nil"]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("'push_lua_url'", '"http://127.0.0.1/"'),
        ("'empty'", '""'),
        ("'nosuch'", "nil"),
        ("''", "nil"),
        ("5", '"five"'),
        ("'bytes'", '"\\xff\\xc3\\xa4"'),
        ("'k\\195\\164'", '"key"'),
        ("'push_lua_url\\0more'", '"http://127.0.0.1/"'),
    ],
)
def test_plugin_getenv(evaluate: Evaluate, key: str, shown: str, lua: str) -> None:
    """
    Settings are strings; one that is not there is nil, and a key ends at a NUL.
    """
    settings = {
        "push_lua_url": "http://127.0.0.1/",
        "empty": "",
        "5": "five",
        "bytes": "\udcffä",
        "kä": "key",
    }

    assert evaluate(f"return user:plugin_getenv({key})", settings=settings, lua=lua) == shown
