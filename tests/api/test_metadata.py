"""
METADATA of users and mailboxes.
"""

from __future__ import annotations

import pytest

from luahost.effects import Metadata
from luahost.events import MailboxCreate
from luahost.runtime import LUA_VERSIONS
from luahost.store import MemoryStore
from tests.conftest import Evaluate, OpenSession

SERVER = "/private/vendor/vendor.dovecot/pvt/server/"
BAD_KEY = "Invalid key prefix, must be /private/ or /shared/"
MAILBOX = "local m = user:mailbox('Work') m:open() "


SPECIALUSE = "The /private/specialuse attribute cannot be changed"
NOT_ENABLED = "Mailbox attributes not enabled"


def fixed(name: str) -> str:
    """
    What is said of one of Dovecot's own entries of the user.
    """
    return f"The /shared/vendor/vendor.dovecot/pvt/server/{name} attribute cannot be changed"


def store() -> MemoryStore:
    """
    A store in which bob has Work.
    """
    made = MemoryStore()
    made.create("bob", "Work")
    return made


BOTH = [
    ("return {}:metadata_get('/private/a')", "nil"),
    ("return select('#', {}:metadata_set('/private/a', '1'))", "0"),
    ("{}:metadata_set('/private/a', '1') return {}:metadata_get('/private/a')", '"1"'),
    ("{}:metadata_set('/shared/a', '1') return {}:metadata_get('/shared/a', '/private/a')", '"1", nil'),
    ("{}:metadata_set('/private/a', '') return {}:metadata_get('/private/a')", '""'),
    ("{}:metadata_set('/private/a', 5) return {}:metadata_get('/private/a')", '"5"'),
    ("{}:metadata_set('/private/a', '\\255') return {}:metadata_get('/private/a')", '"\\xff"'),
    (
        "{}:metadata_set('/private/a', '1') {}:metadata_set('/private/a', nil) "
        "return {}:metadata_get('/private/a')",
        "nil",
    ),
    (
        "{}:metadata_set('/private/a', '1') {}:metadata_set('/private/a', {{}}) "
        "return {}:metadata_get('/private/a')",
        "nil",
    ),
    (
        "{}:metadata_set('/private/a', '1') {}:metadata_set('/private/a', true) "
        "return {}:metadata_get('/private/a')",
        "nil",
    ),
    (
        "{}:metadata_set('/private/a', '1') {}:metadata_unset('/private/a') "
        "return {}:metadata_get('/private/a')",
        "nil",
    ),
    ("return select('#', {}:metadata_unset('/private/never'))", "0"),
    (
        "{}:metadata_set('/private/a', '1') {}:metadata_set('/private/b', '2') "
        "return {}:metadata_get('/private/b', '/private/nosuch', '/private/a')",
        '"2", nil, "1"',
    ),
    ("{}:metadata_get('/Private/a')", f"error: {BAD_KEY}"),
    ("{}:metadata_get('private/a')", f"error: {BAD_KEY}"),
    ("{}:metadata_get(5)", f"error: {BAD_KEY}"),
    ("{}:metadata_list('/public/')", f"error: {BAD_KEY}"),
    ("{}:metadata_get(nil)", "error: expected string at #2"),
    ("{}:metadata_get('/private/a', {{}})", "error: expected string at #3"),
    ("{}:metadata_list(true)", "error: expected string at #2"),
    (
        "{}:metadata_set('/private/x/a', '1') {}:metadata_set('/private/xb', '2') "
        "{}:metadata_set('/private/y', '3') return {}:metadata_list('/private/x')",
        '{["/private/x/a"]="1", ["/private/xb"]="2"}',
    ),
    ("{}:metadata_set('/private/x', '1') return {}:metadata_list('/private/x')", '{["/private/x"]="1"}'),
    (
        "{}:metadata_set('/private/x/a', '1') {}:metadata_set('/shared/x/a', '2') "
        "return {}:metadata_list('/private/x', '/shared/x')",
        '{["/private/x/a"]="1", ["/shared/x/a"]="2"}',
    ),
    ("return {}:metadata_list('/private/nosuch')", "{}"),
]


@pytest.mark.parametrize("owner", ["user", "m"])
@pytest.mark.parametrize(("statements", "shown"), BOTH)
def test_users_and_mailboxes(evaluate: Evaluate, owner: str, statements: str, shown: str) -> None:
    """
    Users and mailboxes keep texts under keys in two scopes.
    """
    statements = statements.replace("{}:", f"{owner}:").replace("{{}}", "{}")

    assert evaluate(MAILBOX + statements, store=store()) == shown


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_everywhere(evaluate: Evaluate, lua: str) -> None:
    """
    Every Lua version gets the same answers.
    """
    statements = (
        "user:metadata_set('/private/a', '1') user:metadata_set('/private/b', 2) "
        "user:metadata_unset('/private/b') "
        "return user:metadata_get('/private/a', '/private/b', '/private/a')"
    )

    assert evaluate(statements, lua=lua) == '"1", nil, "1"'


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("user:metadata_set('/public/a', '1')", BAD_KEY),
        ("user:metadata_set('/public/a', nil)", BAD_KEY),
        ("user:metadata_set('/public/a', 'a\\0b')", BAD_KEY),
        ("user:metadata_unset('/public/a')", BAD_KEY),
        ("m:metadata_set('/public/a', '1')", f"Cannot set attribute: {BAD_KEY}"),
        ("m:metadata_set('/public/a', nil)", f"Cannot set attribute: {BAD_KEY}"),
        ("m:metadata_unset('/public/a')", f"Cannot unset attribute: {BAD_KEY}"),
        ("user:metadata_set('/private/a', 'a\\0b')", "Cannot get attribute: Attribute string value has NULs"),
        ("m:metadata_set('/private/a', 'a\\0b')", "Cannot set attribute: Attribute string value has NULs"),
        ("user:metadata_set('/shared/comment', '1')", f"Cannot get attribute: {fixed('comment')}"),
        ("user:metadata_set('/shared/admin', 'a\\0b')", f"Cannot get attribute: {fixed('admin')}"),
        ("user:metadata_unset('/shared/admin')", f"Cannot get attribute: {fixed('admin')}"),
        ("m:metadata_set('/private/specialuse', '1')", f"Cannot set attribute: {SPECIALUSE}"),
        ("user.metadata_get()", "expecting at least 1 parameter"),
        ("m.metadata_list(5)", "expecting at least 1 parameter"),
        ("user:metadata_get('/public/a', nil)", BAD_KEY),
        ("user:metadata_get('/private/a', nil)", "expected string at #3"),
        ("m:metadata_unset('/private/specialuse')", f"Cannot unset attribute: {SPECIALUSE}"),
    ],
)
def test_refused(evaluate: Evaluate, statement: str, words: str) -> None:
    """
    What cannot be stored is told of in Dovecot's words, its odd ones included.
    """
    assert evaluate(MAILBOX + statement, store=store()) == f"error: {words}"


@pytest.mark.parametrize("call", ["metadata_get('/private/a')", "metadata_list('/private/')"])
def test_missing_mailbox(evaluate: Evaluate, call: str) -> None:
    """
    A mailbox that is not there has no METADATA to read.
    """
    assert evaluate(f"user:mailbox('nosuch'):{call}") == "error: Mailbox doesn't exist: nosuch"


def test_key_of_the_ox_driver(evaluate: Evaluate) -> None:
    """
    A user's keys are kept on INBOX under the server prefix, which is not seen.
    """
    given = store()
    given.set_metadata("bob", "INBOX", f"{SERVER}vendor/vendor.dovecot/http-notify", "user=11@3")

    key = "/private/vendor/vendor.dovecot/http-notify"
    assert evaluate(f"return user:metadata_get('{key}')", store=given) == '"user=11@3"'
    assert evaluate("return user:metadata_list('/private/vendor/')", store=given) == (
        f'{{["{key}"]="user=11@3"}}'
    )


def test_user_and_inbox(evaluate: Evaluate) -> None:
    """
    INBOX's own entries are others than the user's, which are among them under their full keys.
    """
    statements = (
        "user:metadata_set('/private/a', 'of user') local m = user:mailbox('INBOX') m:open() "
        "m:metadata_set('/private/a', 'of inbox') "
        f"return user:metadata_get('/private/a'), m:metadata_get('/private/a', '{SERVER}a')"
    )

    assert evaluate(statements) == '"of user", "of inbox", "of user"'


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("user:metadata_list('/private/')", "{}"),
        ("user:metadata_list('/shared/')", '{["/shared/admin"]="", ["/shared/comment"]=""}'),
        ("m:metadata_list('/private/')", '{["/private/comment"]="", ["/private/specialuse"]=""}'),
        ("m:metadata_list('/shared/')", '{["/shared/comment"]=""}'),
        ("m:metadata_get('/private/comment', '/private/specialuse', '/shared/comment')", "nil, nil, nil"),
        ("m:metadata_list('/private/com')", "{}"),
        ("m:metadata_list('/private/comment')", '{["/private/comment"]=""}'),
        ("m:metadata_list('/private/comment/')", '{["/private/comment/"]=""}'),
        (
            "user:mailbox('INBOX'):metadata_list('/shared/vendor/')",
            '{["/shared/vendor/vendor.dovecot/pvt/server/admin"]="", '
            '["/shared/vendor/vendor.dovecot/pvt/server/comment"]=""}',
        ),
        (
            "user:mailbox('INBOX'):metadata_list('/shared/vendor')",
            '{["/shared/vendorvendor.dovecot/pvt/server/admin"]="", '
            '["/shared/vendorvendor.dovecot/pvt/server/comment"]=""}',
        ),
        ("user:metadata_list('/shared/adm')", "{}"),
        ("user:metadata_list('/shared/admin')", '{["/shared/admin"]=""}'),
    ],
)
def test_internal_entries(evaluate: Evaluate, call: str, shown: str) -> None:
    """
    Dovecot's own entries are listed as if they were empty, but are not there to get.
    """
    assert evaluate(f"{MAILBOX} return {call}", store=store()) == shown


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("user:metadata_get('/private/a')", f"error: {NOT_ENABLED}"),
        ("user:metadata_set('/private/a', '1')", f"error: Cannot get attribute: {NOT_ENABLED}"),
        ("user:metadata_unset('/private/a')", f"error: Cannot get attribute: {NOT_ENABLED}"),
        ("user:metadata_set('/private/a', 'a\\0b')", f"error: Cannot get attribute: {NOT_ENABLED}"),
        ("user:metadata_set('/shared/admin', '1')", f"error: Cannot get attribute: {fixed('admin')}"),
        ("return user:metadata_get('/shared/admin')", "nil"),
        ("return user:metadata_list('/private/')", "{}"),
        ("return user:metadata_list('/shared/')", '{["/shared/admin"]="", ["/shared/comment"]=""}'),
        ("m:metadata_get('/private/comment')", f"error: {NOT_ENABLED}"),
        ("m:metadata_set('/private/comment', '1')", f"error: Cannot set attribute: {NOT_ENABLED}"),
        ("return m:metadata_get('/private/specialuse')", "nil"),
        ("return m:metadata_list('/private/', '/shared/')", '{["/private/specialuse"]=""}'),
        ("return m:metadata_list('/private/comment')", "{}"),
        ("user:mailbox('INBOX'):metadata_list('/shared/vendor')", f"error: {NOT_ENABLED}"),
    ],
)
def test_without_a_dictionary(evaluate: Evaluate, statement: str, shown: str) -> None:
    """
    Without ``mail_attribute_dict`` there are Dovecot's own entries and no others.
    """
    given = MemoryStore(attributes=False)
    given.create("bob", "Work")

    assert evaluate(MAILBOX + statement, store=given) == shown


def test_constants(evaluate: Evaluate) -> None:
    """
    The constants of ``dovecot.storage`` make such keys.
    """
    statements = (
        "local m = user:mailbox('INBOX') m:open() "
        "local server = dovecot.storage.MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER "
        "m:metadata_set('/private/' .. server .. 'c', 'v') "
        "return user:metadata_get('/private/c')"
    )

    assert evaluate(statements) == '"v"'


def test_effects(session: OpenSession) -> None:
    """
    Each access is an effect, with what was found or set, or the error.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn(user) user:metadata_set('/private/a', '1') "
        "user:metadata_get('/private/a', '/private/b') user:metadata_list('/private/') "
        "user:metadata_unset('/private/a') pcall(user.metadata_get, user, '/a') "
        "user:mailbox('INBOX'):metadata_get('/shared/a') end "
        "function dovecot_lua_notify_event_mailbox_create() end"
    )
    running.rollback(MailboxCreate(mailbox="Work"))

    found = [
        (effect.owner, effect.mailbox, effect.operation, effect.key, effect.value, effect.error)
        for effect in running.effects.of(Metadata)
    ]
    assert found == [
        ("user", None, "set", "/private/a", "1", None),
        ("user", None, "get", "/private/a", "1", None),
        ("user", None, "get", "/private/b", None, None),
        ("user", None, "list", "/private/", None, None),
        ("user", None, "unset", "/private/a", None, None),
        ("user", None, "get", "/a", None, BAD_KEY),
        ("mailbox", "INBOX", "get", "/shared/a", None, None),
    ]
