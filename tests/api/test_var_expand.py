"""
``user:var_expand`` in the syntaxes of 2.3 and 2.4. The recordings of both servers have more.
"""

from __future__ import annotations

from typing import Literal

import pytest

from luahost.api.var_expand import VarExpandError, var_expand
from luahost.store import MailUser
from tests.conftest import Evaluate

USER = MailUser(
    "Bob@Example.org", home="/home/bob", uid=1001, gid=100, service="imap", userdb={"url": "http://x/"}
)

PERCENT = [
    ("", ""),
    ("plain ä", "plain ä"),
    ("%u %n %d", "Bob@Example.org Bob Example.org"),
    ("%h %s %i", "/home/bob imap 1001"),
    ("%%u", "%u"),
    ("100%", "100"),
    ("%Lu %Uu", "bob@example.org BOB@EXAMPLE.ORG"),
    ("%LRn", "bob"),
    ("%RLn", "bob"),
    ("%Xi", "3e9"),
    ("%.2u|%40u", "Bo|Bob@Example.org"),
    ("%1.2u", "ob"),
    ("%{user}/%{username}/%{domain}/%{uid}/%{gid}", "Bob@Example.org/Bob/Example.org/1001/100"),
    ("%{userdb:url} %{userdb:none}.", "http://x/ ."),
    ("%L{user}", "bob@example.org"),
    ("%Z %{nosuch}", "UNSUPPORTED_VARIABLE_Z UNSUPPORTED_VARIABLE_nosuch"),
    ("%{user", "UNSUPPORTED_VARIABLE_{user"),
    ("%{if;%s;eq;imap;yes;no}", "yes"),
    ("%{if;%i;<;1000;small;%Ln}", "bob"),
    ("%{if;%s;*;im*;yes;no}%{if;%s;~;^x;yes;no}", "yesno"),
    ("%{if;%s;what;imap;yes;no}", "UNSUPPORTED_VARIABLE_if;%s;what;imap;yes;no"),
]

FILTERS = [
    ("", ""),
    ("%u 100%% %", "%u 100%% %"),
    ("%{user}-%{ home }", "Bob@Example.org-/home/bob"),
    ("%{user | username | lower}", "bob"),
    ("%{user|domain|upper}", "EXAMPLE.ORG"),
    ('%{userdb:none | default("none")}', "none"),
    ('%{userdb:url | default("none")}', "http://x/"),
    ("%{literal('a\"b')}", 'a"b'),
    ('%{literal("a\\"b") | upper}', 'A"B'),
    ("%{env:LUAHOST_TEST_NOT_SET}.", "."),
]

WRONG = [
    ("%{nosuch}", "Unknown variable 'nosuch'"),
    ("%{uid}", "Unknown variable 'uid'"),
    ("%{username}", "username: No value to get username from"),
    ("%{domain | upper}", "domain: No value to get domain from"),
    ("%{user | nosuch}", "No such function 'nosuch'"),
    ("%{user", "syntax error, unexpected end of file, expecting CCBRACE or PIPE"),
    ("%{user | default('x'", "syntax error, unexpected end of file, expecting CCBRACE or PIPE"),
]


@pytest.mark.parametrize(
    ("syntax", "template", "value"),
    [("percent", *case) for case in PERCENT] + [("filters", *case) for case in FILTERS],
)
def test_value(syntax: Literal["percent", "filters"], template: str, value: str) -> None:
    """
    Variables are replaced, and the rest stays.
    """
    assert var_expand(template, USER, syntax) == value


@pytest.mark.parametrize(("template", "words"), WRONG)
def test_wrong(template: str, words: str) -> None:
    """
    What 2.4 cannot expand is an error with its words.
    """
    with pytest.raises(VarExpandError) as raised:
        var_expand(template, USER, "filters")

    assert str(raised.value) == words


def test_in_a_script(evaluate: Evaluate, lua: str) -> None:
    """
    The text ends at a NUL, and numbers are texts.
    """
    statements = "return user:var_expand('%u\\0x'), user:var_expand(5)"

    assert evaluate(statements, user=USER, lua=lua) == '"Bob@Example.org", "5"'
