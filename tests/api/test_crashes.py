"""
What kills the mail process in Dovecot is a Lua error here, and the session goes on.
"""

from __future__ import annotations

import pytest

from tests.conftest import Evaluate

PRELUDE = "local m, n = user:mailbox('INBOX'), user:mailbox('Work') local e = dovecot.event() "

CRASHES = [
    ("return user == setmetatable({}, getmetatable(user))", "mail_user objects were compared"),
    ("return user < user", "mail_user objects were compared"),
    ("return user <= user", "mail_user objects were compared"),
    ("return m < n", "mailboxes were compared by order"),
    ("return m <= n", "mailboxes were compared by order"),
    ("m:free() m:open()", "mailbox INBOX was used after free()"),
    ("m:free() m:close()", "mailbox INBOX was used after free()"),
    ("m:free() m:sync()", "mailbox INBOX was used after free()"),
    ("m:free() m:status(1)", "mailbox INBOX was used after free()"),
    ("m:free() m:metadata_get('/private/a')", "mailbox INBOX was used after free()"),
    ("m:free() m:metadata_list('/private/')", "mailbox INBOX was used after free()"),
    ("m:free() return tostring(m)", "mailbox INBOX was used after free()"),
    ("m:free() return m == n", "mailbox INBOX was used after free()"),
    ("n:free() return m == n", "mailbox Work was used after free()"),
    ("dovecot.event({})", "this table is no struct event"),
    ("dovecot.event(user)", "this table is no struct event"),
    ("e.log_info({}, 'x')", "this table is no struct event"),
    ("user.metadata_get({}, '/private/a')", "this table is no struct mail_user"),
    ("user.plugin_getenv(e, 'x')", "this table is no struct mail_user"),
    ("return dovecot.event(e:passthrough_event())", "a passthrough event was taken for a parent"),
    (
        "e:passthrough_event():add_str('', 'x'):set_name('n'):log_info('x')",
        "a named passthrough event had a field without a name",
    ),
    ("m:sync(8)", "sync() with MAILBOX_SYNC_FLAG_NO_EXPUNGES"),
    ("m:sync(-1)", "sync() with MAILBOX_SYNC_FLAG_NO_EXPUNGES"),
    ("m.status({}, 1)", "this table is no struct mailbox"),
    ("m.status(user, 1)", "this table is no struct mailbox"),
    ("m.free({})", "this table is no struct mailbox"),
    ("return tostring(setmetatable({}, getmetatable(user)))", "this table is no struct mail_user"),
    ("return tostring(setmetatable({}, getmetatable(m)))", "this table is no struct mailbox"),
    ("return m == setmetatable({}, getmetatable(m))", "this table is no struct mailbox"),
    ("return user:plugin_getenv(nil)", "plugin_getenv was asked for a nil"),
    ("return user:plugin_getenv({})", "plugin_getenv was asked for a table"),
    ("m:metadata_set('/private/a', '1')", "METADATA of mailbox INBOX was written without open()"),
    ("m:metadata_unset('/private/a')", "METADATA of mailbox INBOX was written without open()"),
    (
        "m:metadata_get('/private/a') m:metadata_set('/private/a', '1')",
        "METADATA of mailbox INBOX was written without open()",
    ),
    (
        "m:metadata_list('/private/') m:metadata_unset('/private/a')",
        "METADATA of mailbox INBOX was written without open()",
    ),
    (
        "m:open() m:close() m:metadata_set('/private/a', '1')",
        "METADATA of mailbox INBOX was written without open()",
    ),
    ("user:mailbox('\\255')", "a mailbox name was no UTF-8"),
    ("os.exit()", "os.exit() was called"),
    ("os.exit(3)", "os.exit() was called"),
]


@pytest.mark.parametrize(("statements", "words"), CRASHES)
def test_crashes(evaluate: Evaluate, statements: str, words: str, lua: str) -> None:
    """
    The error says what was wrong, that it is luahost's, and where if there is a place.
    """
    shown = evaluate(PRELUDE + statements, lua=lua)

    assert shown.removeprefix("error: ").removeprefix("case.lua:1: ").startswith(f"luahost: {words}")
    assert "luahost/lua" not in shown


@pytest.mark.parametrize("expression", ["user == {}", "user ~= {}"])
@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
def test_comparison_with_any_table(evaluate: Evaluate, expression: str, lua: str) -> None:
    """
    Since Lua 5.3 one operand's metamethod is enough.
    """
    assert evaluate(f"return {expression}", lua=lua).startswith("error: luahost: mail_user objects")


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
def test_mailbox_and_any_table(evaluate: Evaluate, lua: str) -> None:
    """
    A mailbox compared with a table that is none is an error too, on either side.
    """
    words = "error: luahost: this table is no struct mailbox; this kills the process in Dovecot"

    assert evaluate(f"{PRELUDE} return m == {{}}", lua=lua) == words
    assert evaluate(f"{PRELUDE} return {{}} == m", lua=lua) == words


@pytest.mark.parametrize("value", ["user", "m"])
def test_without_item(evaluate: Evaluate, value: str, lua: str) -> None:
    """
    Dovecot keeps its pointer in a field that a script may take away.
    """
    shown = evaluate(f"{PRELUDE} {value}.item = nil return tostring({value})", lua=lua)

    assert shown.startswith("error: luahost: this table is no struct")


@pytest.mark.parametrize("value", ["user", "m"])
def test_a_copy_with_the_item_is_as_good(evaluate: Evaluate, value: str, lua: str) -> None:
    """
    Dovecot only looks for its pointer, so a copy of the fields will do.
    """
    statements = f"local copy = setmetatable({{ item = {value}.item }}, getmetatable({value}))"

    assert evaluate(f"{PRELUDE} {statements} return tostring(copy) == tostring({value})", lua=lua) == "true"
