"""
What a script's expressions are, and what of it can run in a dialect.
"""

from __future__ import annotations

import pytest

from luahost.check.facts import all_facts
from luahost.check.options import Options
from luahost.check.script import Script
from luahost.check.syntax import nodes, parse

BEGIN = "function dovecot_lua_notify_begin_txn(user) return {user = user, list = {}} end\n"


def script(text: str, *dialects: str) -> Script:
    """
    A script as rules see it.
    """
    source = parse("push.lua", text.encode())
    assert source.problem is None
    return Script(source, all_facts(), Options(dialects=dialects or ("2.3", "2.4")))


def whats(text: str, name: str) -> set[str]:
    """
    What the last variable of that name may be.
    """
    found = script(text)
    last = [node for node in found.nodes(nodes.Name) if node.text == name][-1]
    return found.meaning.whats(last)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("function dovecot_lua_notify_event_message_new(ctx, event) local x = ctx.user end", "mail_user"),
        ("function dovecot_lua_notify_event_message_new(ctx, event) local x = event end", "push_event"),
        (
            "function dovecot_lua_notify_event_message_new(ctx, event) local x = event.uid end",
            "dovecot_number",
        ),
        ("function dovecot_lua_notify_end_txn(ctx) local x = ctx.user:mailbox('a') end", "mailbox"),
        (
            "local function f(u) local x = u end function dovecot_lua_notify_end_txn(c) f(c.user) end",
            "mail_user",
        ),
        ("local h = require 'socket.http' local r, x = h.request('u')", "socket_code"),
        ("local h = require 'socket.http' local ok, r, x = pcall(h.request, 'u')", "socket_code"),
        ("local x = dovecot.event():set_name('a'):add_str('b', 'c')", "event"),
        ("local x = dovecot.http.client({}):request({}):submit()", "http_response"),
        ("local t = {} table.insert(t, 'a') for _, v in ipairs(t) do local x = v end", "string"),
        ("local t = {} t.a = 1 local x = t.a", "integer"),
        ("local x = tostring(1)", "string"),
    ],
)
def test_kinds(text: str, what: str) -> None:
    """
    Values are followed through contexts, parameters, results, chains and tables.
    """
    assert whats(BEGIN + text, "x") == {what}


def test_unknown() -> None:
    """
    What comes from nowhere is unknown, and recursion ends.
    """
    assert whats("local x = somebody()\nprint(x)", "x") == set()
    assert whats("local function f(a) return f(a) end\nlocal x = f(1)\nprint(x)", "x") == set()


@pytest.mark.parametrize(
    ("text", "dialects"),
    [
        ("u:plugin_getenv('a')", {"2.3", "2.4"}),
        ("local x = u.plugin_getenv and u:plugin_getenv('a')", {"2.3"}),
        ("if u.plugin_getenv then u:plugin_getenv('a') end", {"2.3"}),
        ("if u.plugin_getenv == nil then return end u:plugin_getenv('a')", {"2.3"}),
        ("if not u.plugin_getenv then return end u:plugin_getenv('a')", {"2.3"}),
        ("if type(u.plugin_getenv) ~= 'nil' then u:plugin_getenv('a') end", {"2.3"}),
        ("local old = u.plugin_getenv ~= nil if old then u:plugin_getenv('a') end", {"2.3"}),
        ("if dovecot.tabescape then u:plugin_getenv('a') end", {"2.4"}),
    ],
)
def test_questions(text: str, dialects: set[str]) -> None:
    """
    What a script asks for first is reached only where it is.
    """
    found = script(f"function dovecot_lua_notify_begin_txn(u) {text} end")

    assert {name for name, view in found.views.items() if list(view.nodes(nodes.MethodCall))} == dialects


def test_settings_of_script_init() -> None:
    """
    2.3 hands nothing to ``script_init``, 2.4 a table; a function that only one side calls is that side's.
    """
    found = script(
        "local function old(u) return u:one() end\n"
        "function script_init(settings) if settings then a:two() else old(b) end end\n"
    )
    calls = {name: [node.name for node in view.nodes(nodes.MethodCall)] for name, view in found.views.items()}

    assert calls == {"2.3": ["one"], "2.4": ["two"]}
